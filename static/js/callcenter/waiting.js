// Left: callers who wait, and those who are to be called back, the longest first, with times that count.
import { channel } from "../core/connection.js";
import { html, icon, nothing, render } from "../core/html.js";
import { formatNumber, formatStopwatch, formatTime, t } from "../core/i18n.js";
import { liveList } from "../core/live-list.js";
import { serverNow } from "../core/live.js";
import { everySecond } from "../core/ticker.js";
import { pageData } from "../core/api.js";
import { toast } from "../core/toast.js";
import { field } from "../staff/fields.js";
import { formDialog } from "../staff/form-dialog.js";
import { agent } from "./agent.js";
import { callerName, menuWord, tierWord } from "./words.js";

const WAITS = new Set(["waiting", "offered", "joining"]);
const MOST = 12;
const SAID = {
  offered: (call) => (call.id === agent.offer?.call.id ? t("rings at you") : t("rings at a colleague")),
  joining: () => t("being connected"),
};

/** Waits for somebody else: the call that rings at me, or that I just took, stands above. */
const waits = (call) => WAITS.has(call.waiting) && call.id !== agent.offer?.call.id && !(agent.talking && call.id === agent.call.id);

/** Who is to be called back has put the receiver down: since when they asked, when it is tried again, and the way out of it. */
function callBack(call) {
  if (!call.callback || call.answered_at) return nothing;
  const { not_before: again, attempts } = call.callback;
  const later = attempts > 0 && Date.parse(again) > serverNow();
  return html`<span class="row-of apart small soft" data-callback=${call.callback.id}><span class="with-icon">${icon("phone-outgoing", { size: "small" })}${later ? t("is called again at %(time)s", { time: formatTime(again) }) : t("is to be called back")}</span>
    ${pageData.may_take && call.waiting !== "joining" ? html`<button type="button" class="btn btn-sm btn-quiet" data-cancel-callback @click=${() => cancel(call)}>${t("Cancel")}</button>` : nothing}</span>`;
}

function cancel(call) {
  formDialog({
    title: t("Do not call %(name)s back", { name: callerName(call) }),
    content: field({ name: "reason", label: t("Why?"), autofocus: true, hint: t("It is kept with the callback: solved by mail, called elsewhere…") }),
    path: `/api/v1/callbacks/${call.callback.id}/cancellation`,
    save: t("Cancel the callback"),
    done: () => toast(t("The callback is cancelled.")),
  });
}

export function waitingCalls(place) {
  render(
    html`<section class="work-list" aria-label=${t("Waiting calls")}>
      <h2>${t("Waiting calls")}<span class="count" id="waiting-count">0</span></h2>
      <ul class="work-items" id="waiting-items"></ul>
    </section>`,
    place,
  );
  const count = place.querySelector("#waiting-count");
  const list = liveList(place.querySelector("#waiting-items"), {
    channel,
    topic: "calls",
    limit: MOST,
    filter: waits,
    order: (a, b) => Date.parse(a.enqueued_at) - Date.parse(b.enqueued_at),
    item: (call) => html`<div class="work-item" data-call=${call.id}>
      <span class="row-of apart"><strong class="clip">${callerName(call)}</strong><span class="number strong">${formatStopwatch((serverNow() - Date.parse(call.enqueued_at)) / 1000)}</span></span>
      <span class="row-of apart small soft"><span class="clip grow">${[call.queue?.name, menuWord(call)].filter(Boolean).join(" · ")}</span>
        <span class="row-of">${call.customer && call.customer.tier !== "standard" ? html`${icon("star", { size: "small" })}${tierWord(call.customer.tier)}` : nothing} ${SAID[call.waiting]?.(call) ?? nothing}</span></span>
      ${callBack(call)}
    </div>`,
  });
  const none = Object.assign(document.createElement("p"), { className: "small soft", textContent: t("Nobody waits.") });
  place.querySelector("section").append(none);
  everySecond(() => {
    list.refresh();
    const all = [...list.watched.rows.values()].filter(waits).length;
    count.textContent = formatNumber(all);
    none.hidden = all > 0;
  });
}
