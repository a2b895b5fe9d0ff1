// The customer's page: when something changes, the part that shows it is fetched anew, in the reader's language. Without this it works by reloading.
import { pageData } from "../core/api.js";
import { connect } from "../core/live.js";

const SOON = 150; // milliseconds: several changes at once are one fetch
const view = document.getElementById("view");
const said = document.getElementById("announce");
let timer = 0;

async function refresh() {
  const response = await fetch(view.dataset.address, { headers: { Accept: "text/html" }, cache: "no-store", referrerPolicy: "no-referrer" });
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html").body;
  if (fresh.textContent.trim() === view.textContent.trim()) return;
  view.replaceChildren(...fresh.childNodes);
  said.textContent = said.dataset.text;
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(() => refresh().catch(() => {}), SOON); // offline: the next change or reload shows it
}

connect({ url: document.querySelector('meta[name="live-url"]').content, auth: { visitor: pageData.visitor } }).watch("visitor", { onReset: soon, onChange: soon });
