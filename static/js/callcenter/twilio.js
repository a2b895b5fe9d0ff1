// Settings: the way to a real number. Copy buttons, and a check that says what is missing now.
import { ApiError, api } from "../core/api.js";
import { html, icon, nothing, render } from "../core/html.js";
import { t } from "../core/i18n.js";
import { problem, skeleton } from "../core/parts.js";
import { toast } from "../core/toast.js";

const place = document.getElementById("check");

// What each finding means when it is right, and what to do when it is not.
const SAID = {
  public: { good: () => t("PUBLIC_BASE_URL can be reached from outside"), bad: () => t("PUBLIC_BASE_URL must be an https address that Twilio can reach (step 1)") },
  live: { good: () => t("LIVE_PUBLIC_URL can be reached from outside"), bad: () => t("LIVE_PUBLIC_URL must be an https address that browsers can reach (step 1)") },
  account: { good: () => t("TWILIO_ACCOUNT_SID is set"), bad: () => t("TWILIO_ACCOUNT_SID is missing or does not look like AC… (step 2)") },
  token: { good: () => t("TWILIO_AUTH_TOKEN is set"), bad: () => t("TWILIO_AUTH_TOKEN is missing (step 2)") },
  key: { good: () => t("TWILIO_API_KEY is set"), bad: () => t("TWILIO_API_KEY is missing or does not look like SK… (step 5)") },
  secret: { good: () => t("TWILIO_API_SECRET is set"), bad: () => t("TWILIO_API_SECRET is missing (step 5)") },
  app: { good: () => t("TWILIO_APP_SID is set"), bad: () => t("TWILIO_APP_SID is missing or does not look like AP… (step 6)") },
  carrier: { good: () => t("CARRIER is twilio"), bad: () => t("CARRIER is not twilio yet (step 7)") },
  numbers: { good: () => t("A number of ours is in use"), bad: () => t("No number is in use here (step 8)") },
  number: { good: (number) => t("%(number)s is in the carrier's account", { number }), bad: (number) => t("%(number)s is not in the carrier's account (step 3)", { number }) },
  voice: { good: (number) => t("Calls to %(number)s come to us", { number }), bad: (number) => t("Calls to %(number)s go elsewhere: set “A call comes in” (step 4)", { number }) },
  fallback: { good: (number) => t("The fallback of %(number)s is set", { number }), bad: (number) => t("The fallback of %(number)s is not ours: set “Primary handler fails” (step 4)", { number }) },
  status: { good: (number) => t("We hear how calls to %(number)s end", { number }), bad: (number) => t("We do not hear how calls to %(number)s end: set “Call status changes” (step 4)", { number }) },
  application: { good: () => t("The TwiML App sends the agents' calls to us"), bad: () => t("The TwiML App's voice request URL is not ours (step 6)") },
};

function line({ code, ok, found }) {
  const [name, number] = code.split(" ");
  const said = SAID[name]?.[ok ? "good" : "bad"](number) ?? code;
  return html`<li data-finding=${code} data-ok=${String(ok)}>${icon(ok ? "circle-check" : "circle-x")}<span class="grow">${ok ? said : html`<strong>${said}</strong>`}</span>${found ? html`<code class="small soft clip">${found}</code>` : nothing}</li>`;
}

async function check() {
  render(skeleton(6), place);
  try {
    const { findings, problem: why } = await api.get("/api/v1/carrier-check", null, { timeout: 40_000 });
    const missing = findings.filter((finding) => !finding.ok).length;
    render(
      html`<p class="strong" role="status">${missing || why ? t("Not ready for real calls yet: what is marked is missing.") : t("All is set: call your number.")}</p>
        ${why ? html`<div class="note note-strong">${icon("alert-circle")}<div>${t("The carrier could not be asked: %(why)s", { why })}</div></div>` : nothing}
        <ul class="lines findings">${findings.map(line)}</ul>`,
      place,
    );
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    render(problem(error, check), place);
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const code = button.previousElementSibling;
  try {
    await navigator.clipboard.writeText(code.textContent);
    toast(t("Copied"));
  } catch {
    getSelection().selectAllChildren(code); // without permission: selected, for Ctrl C
    toast(t("Press Ctrl C to copy it."));
  }
});
document.getElementById("check-again").addEventListener("click", check);
check();
