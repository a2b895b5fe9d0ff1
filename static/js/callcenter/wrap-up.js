// After a call: what came of it, one click and ready for the next.
import { api, pageData } from "../core/api.js";
import { html, icon, nothing } from "../core/html.js";
import { formatStopwatch, t } from "../core/i18n.js";
import { serverNow } from "../core/live.js";
import { toastError } from "../core/toast.js";
import { agent } from "./agent.js";
import { noteField, noteOf } from "./call-note.js";
import { callerName, DISPOSITION_ICONS, dispositionWord } from "./words.js";

const KEPT = "callout-after-call";
let sending = "";

const breakAfter = () => sessionStorage.getItem(KEPT) === "break";

async function finish(call, disposition) {
  if (sending) return;
  sending = disposition;
  try {
    // The break is taken first: from it, finishing the call does not make one ready.
    if (breakAfter() && agent.presence?.state === "wrap_up") await agent.setPresence("break", "break");
    await api.post(`/api/v1/calls/${call.id}/wrap-up`, { disposition, note: noteOf(call) });
    sessionStorage.removeItem(KEPT);
  } catch (error) {
    toastError(error);
  } finally {
    sending = "";
  }
}

/** The form; `leg` is my part in the call, `redraw()` draws it again. */
export function wrapUp(call, leg, redraw) {
  const talked = leg ? (Date.parse(leg.left_at) - Date.parse(leg.joined_at ?? leg.left_at)) / 1000 : 0;
  const left = leg ? pageData.wrap_up_seconds - (serverNow() - Date.parse(leg.left_at)) / 1000 : 0;
  const after = (value, label) => html`<button type="button" aria-pressed=${String((value === "break") === breakAfter())} @click=${() => choose(value)}>${label}</button>`;
  const choose = (value) => {
    sessionStorage.setItem(KEPT, value);
    redraw();
  };
  return html`<section class="call-card wrap-up" data-state="wrap-up" aria-label=${t("Wrap-up")} data-call=${call.id}>
    <div class="call-who"><strong>${t("What came of it?")}</strong>
      <span class="small soft">${t("%(caller)s, talked %(time)s", { caller: callerName(call), time: formatStopwatch(talked) })}${call.ended_at ? nothing : html` · ${t("the call goes on without you")}`}</span></div>
    <div class="call-clock"><span class="call-time number">${formatStopwatch(left)}</span><span class="small soft">${t("until it closes itself")}</span></div>
    <div class="call-note">${noteField(call, { rows: 3 })}</div>
    <div class="dispositions" role="group" aria-label=${t("What came of it?")}>
      ${pageData.dispositions.map((disposition) => html`<button type="button" class="btn" data-disposition=${disposition} aria-busy=${String(sending === disposition)} @click=${() => finish(call, disposition)}>${icon(DISPOSITION_ICONS[disposition] ?? "check")}${dispositionWord(disposition)}</button>`)}
    </div>
    <div class="row-of wrap small soft"><span>${t("Afterwards")}</span><div class="choice" role="group" aria-label=${t("Afterwards")}>${after("ready", t("Ready"))}${after("break", t("Break"))}</div></div>
  </section>`;
}
