// Left, on top: what I am doing since when, one click away from the others; and the call that is offered to me.
import { html, icon, nothing, render } from "../core/html.js";
import { formatStopwatch, t } from "../core/i18n.js";
import { serverNow } from "../core/live.js";
import { everySecond } from "../core/ticker.js";
import { agent } from "./agent.js";
import { offerCard } from "./offer.js";
import { accept, choose, decline, isAnswering } from "./telephone.js";
import { softphone } from "./softphone.js";
import { BREAK_REASONS, dotOf, presenceWord, reasonWord, stoppedByMachine } from "./words.js";

const FAST = 200; // milliseconds
const TELEPHONE = {
  off: () => t("The telephone starts with your first click on Ready."),
  starting: () => t("The telephone starts…"),
  failed: () => softphone.problem,
};

/** Draw into the two places, and keep both true. */
export function myState(place, offerPlace) {
  let timer = 0;

  function draw() {
    const { presence } = agent;
    if (!presence) return;
    const since = presence.since ? (serverNow() - Date.parse(presence.since)) / 1000 : 0;
    render(
      html`<section class="my-state" data-state=${presence.state} aria-label=${t("My state")}>
        <div class="row-of apart">
          <strong class="row-of"><span class="presence-dot" data-state=${dotOf(presence.state)}></span>${presenceWord(presence)}</strong>
          <span class="call-time number">${formatStopwatch(since)}</span>
        </div>
        ${agent.talking ? nothing : buttons(presence)}
        ${stoppedByMachine(presence) ? html`<p class="small strong">${icon("info-circle", { size: "small" })}${t("No calls come until you choose Ready again.")}</p>` : nothing}
        ${presence.state === "ready" && TELEPHONE[softphone.state] ? html`<p class="small soft">${TELEPHONE[softphone.state]()}</p>` : nothing}
      </section>`,
      place,
    );
  }

  function drawOffer() {
    const { offer } = agent;
    const busy = isAnswering();
    render(offer ? offerCard(offer, { accept: () => accept(offer), decline: () => decline(offer), busy }) : nothing, offerPlace);
    clearTimeout(timer);
    if (!offer) return;
    if (offerPlace.dataset.offer !== String(offer.id)) offerPlace.scrollIntoView({ block: "nearest" });
    offerPlace.dataset.offer = offer.id;
    timer = setTimeout(drawOffer, FAST);
  }

  agent.onChange((key) => {
    if (key === null || !key.startsWith("ticket:")) draw();
    if (key === null || key.startsWith("offer:") || key === "presence") drawOffer();
  });
  softphone.onChange(draw);
  everySecond(draw);
}

function buttons(presence) {
  const button = (state, reason, label, pressed) =>
    html`<button type="button" data-choose=${state} aria-pressed=${String(pressed)} @click=${() => choose(state, reason)}>${label}</button>`;
  const onBreak = presence.state === "break";
  return html`<div class="choice" role="group" aria-label=${t("Choose my state")}>
      ${button("ready", null, t("Ready"), presence.state === "ready")}${button("break", "break", t("Break"), onBreak)}${button("offline", null, t("Offline"), presence.state === "offline")}
    </div>
    ${onBreak && !stoppedByMachine(presence)
      ? html`<label class="row-of small soft">${t("Reason")}
          <select class="form-select form-select-sm grow" @change=${(event) => choose("break", event.target.value)}>
            ${BREAK_REASONS.map((reason) => html`<option value=${reason} ?selected=${reason === presence.reason}>${reasonWord(reason)}</option>`)}
          </select></label>`
      : nothing}`;
}
