// The customer's page: when something changes, the part that shows it is fetched anew, in the reader's language. Without this it works by reloading.
import { pageData } from "../core/api.js";
import { connect } from "../core/live.js";

const SOON = 150; // milliseconds: several changes at once are one fetch
const parts = ["view", "booking"].map((id) => document.getElementById(id));
const said = document.getElementById("announce");
let timer = 0;

async function refresh(part) {
  const response = await fetch(part.dataset.address, { headers: { Accept: "text/html" }, cache: "no-store", referrerPolicy: "no-referrer" });
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html").body;
  if (fresh.textContent.trim() === part.textContent.trim()) return;
  part.replaceChildren(...fresh.childNodes);
  said.textContent = said.dataset.text;
}

const refreshAll = () => Promise.all(parts.map(refresh));

function soon() {
  clearTimeout(timer);
  timer = setTimeout(() => refreshAll().catch(() => {}), SOON); // offline: the next change or reload shows it
}

connect({ url: document.querySelector('meta[name="live-url"]').content, auth: { visitor: pageData.visitor } }).watch("visitor", { onReset: soon, onChange: soon });
