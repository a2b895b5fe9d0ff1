// An incoming call, or somebody to call back, on an agent's screen: who, how long they wait already, a bar that runs out, Accept and Decline. The same everywhere.
import { html, icon, nothing, vars } from "../core/html.js";
import { formatStopwatch, t, tn } from "../core/i18n.js";
import { serverNow } from "../core/live.js";
import { chip } from "../core/parts.js";
import { callerName, languageName, menuWord, tierWord } from "./words.js";

/** The card; `busy` while an answer is under way. */
export function offerCard(offer, { accept, decline, busy = false }) {
  const { call } = offer;
  const now = serverNow();
  const left = Math.max(0, Date.parse(offer.deadline_at) - now);
  const share = left / Math.max(1, Date.parse(offer.deadline_at) - Date.parse(offer.offered_at));
  const back = call.callback;
  const waited = (now - Date.parse(back?.asked_at ?? call.enqueued_at ?? call.started_at)) / 1000;
  const kind = back ? t("Call back") : t("Incoming call");
  return html`<section class="offer-card" aria-label=${kind} data-offer=${offer.id} ${vars({ "--share": share.toFixed(3) })}>
    <div class="row-of apart small soft">
      <span class="row-of">${icon(back ? "phone-outgoing" : "phone-incoming", { size: "small" })}${back ? kind : (call.line ?? call.queue?.name ?? kind)}</span>
      <span class="number" title=${t("seconds left to answer")}>${t("%(seconds)s s", { seconds: Math.ceil(left / 1000) })}</span>
    </div>
    <div class="offer-who">${callerName(call)}</div>
    <div class="row-of wrap">
      ${call.customer && call.customer.tier !== "standard" ? chip(tierWord(call.customer.tier), { icon: "star", kind: "strong" }) : nothing}
      ${call.customer && call.from_shown ? html`<span class="small soft number">${call.from_shown}</span>` : nothing}
      ${call.queue ? chip(call.queue.name, { icon: "inbox" }) : nothing}
      ${menuWord(call) ? chip(menuWord(call), { icon: "dialpad", title: t("chosen in the menu") }) : nothing}
      ${call.language !== document.documentElement.lang.replace("-", "_") ? chip(languageName(call.language), { icon: "language" }) : nothing}
    </div>
    <div class="small soft">${back ? t("asked %(time)s ago to be called back", { time: formatStopwatch(waited) }) : t("waits %(time)s", { time: formatStopwatch(waited) })}</div>
    ${back?.attempts ? html`<div class="small soft">${tn("not reached once", "not reached %(count)s times", back.attempts)}</div>` : nothing}
    <div class="offer-buttons">
      <button type="button" class="btn btn-primary offer-accept" data-offer-accept aria-busy=${String(busy)} @click=${accept}>${icon("phone")}${t("Accept")}<kbd>a</kbd></button>
      <button type="button" class="btn" data-offer-decline ?disabled=${busy} @click=${decline}>${t("Decline")}</button>
    </div>
  </section>`;
}
