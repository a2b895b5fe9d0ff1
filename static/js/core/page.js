// What runs on every page with navigation. A page's own module imports what it needs from beside this one.
import { bind, listen } from "./keys.js";
import { enhanceAll } from "./form.js";
import { request } from "./api.js";
import { showConnection } from "./connection.js";
import { startSearch } from "./search-box.js";
import { t } from "./i18n.js";
import { toast } from "./toast.js";
import "./clock-chip.js";

function switchTheme() {
  document.querySelector("[data-theme-choice]")?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const chosen = event.submitter.value;
    document.documentElement.dataset.bsTheme = chosen;
    document.querySelector('meta[name="color-scheme"]').content = chosen === "auto" ? "light dark" : chosen;
    for (const button of event.currentTarget.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button === event.submitter));
    const body = new FormData(event.currentTarget, event.submitter);
    await request("POST", "/theme", body, { retry: false }).catch(() => {}); // the next page shows whether it was kept
  });
}

let said = false;
function signedOut() {
  if (said) return;
  said = true;
  toast(t("You are signed out. What you typed is still here: sign in, in another tab, and try again."), {
    kind: "problem",
    action: { label: t("Sign in"), run: () => window.open("/sign-in", "_blank") },
  });
  setTimeout(() => (said = false), 30_000);
}

listen();
switchTheme();
enhanceAll();
const search = document.getElementById("search");
if (search) bind("/", t("Search"), startSearch(search), { group: t("Everywhere") });
showConnection(document.getElementById("connection"));
document.addEventListener("callout:signed-out", signedOut);
