// The call in the middle: who, how long, what can be done with it, what is said (in a simulated call), what I note. After it: the wrap-up.
import { api } from "../core/api.js";
import { html, icon, nothing, render } from "../core/html.js";
import { formatStopwatch, t } from "../core/i18n.js";
import { bind } from "../core/keys.js";
import { serverNow } from "../core/live.js";
import { everySecond } from "../core/ticker.js";
import { toast, toastError } from "../core/toast.js";
import { agent } from "./agent.js";
import { captions } from "./captions.js";
import { noteField } from "./call-note.js";
import { softphone } from "./softphone.js";
import { rejoin } from "./telephone.js";
import { openTransfer } from "./transfer.js";
import { callerName, menuWord } from "./words.js";
import { wrapUp } from "./wrap-up.js";

const STATES = {
  joining: () => t("connecting…"),
  lost: () => t("connection lost"),
  joined: () => "",
};
const RECORDING = {
  off: () => t("Not recorded"),
  no_consent: () => t("Not recorded: no consent"),
  agreed: () => t("Will be recorded: the caller agreed"),
  changing: () => t("Recording is being changed…"),
  on: () => t("Recording"),
  paused: () => t("Recording paused"),
  failed: () => t("Not recorded: the carrier did not do it"),
};
const seconds = (from, to = null) => (from ? ((to ? Date.parse(to) : serverNow()) - Date.parse(from)) / 1000 : 0);
/** Whom we call back is dialled once I am in the conference. */
const calling = (call) => (!call.callback ? t("connecting…") : call.carrier_status === "ringing" ? t("rings at the customer…") : t("the customer is being called…"));
const mine = (call) => call.agents.filter((found) => found.person_id === agent.presence?.person_id).at(-1);

/**
 * `elsewhere()`: number of another ticket that is looked at during the call, else null; `back()` shows the call's own; `link()` makes the call
 * about that one. Returns {draw}.
 */
export function callCard(place, { elsewhere, back, link }) {
  const talking = () => agent.call?.my_state === "joined" && agent.call.state === "talking";
  const keys = { group: t("Calls") };

  async function done(promise) {
    await promise.catch(toastError);
  }
  const mute = () => softphone.busy && softphone.mute();
  const hold = () => talking() && done(api.post(`/api/v1/calls/${agent.call.id}/hold`, { on: !agent.call.on_hold_since }));
  const hangUp = () => done(api.post(`/api/v1/calls/${agent.call.id}/end`).then(() => agent.call?.state !== "talking" && toast(t("Hanging up"))));
  const transfer = () => talking() && openTransfer(agent.call);

  function draw() {
    const { call } = agent;
    if (!call) render(nothing, place);
    else if (call.my_state === "wrap_up") render(wrapUp(call, mine(call), draw), place);
    else render(html`${card(call)}${other(call)}`, place);
  }

  const other = (call) =>
    elsewhere()
      ? html`<div class="note" data-elsewhere>${icon("info-circle")}<div class="grow">${call.ticket ? t("You look at another ticket. The call belongs to #%(number)s.", { number: call.ticket }) : t("You look at another ticket.")}</div>
          <button type="button" class="btn btn-sm" @click=${link}>${t("The call is about this one")}</button>
          ${call.ticket ? html`<button type="button" class="btn btn-sm" @click=${back}>${t("Back to #%(number)s", { number: call.ticket })}</button>` : nothing}</div>`
      : nothing;

  function card(call) {
    const leg = mine(call);
    const held = Boolean(call.on_hold_since);
    const facts = [call.customer ? call.from_shown : "", call.line, menuWord(call), call.queue?.name].filter(Boolean);
    return html`<section class="call-card" data-state=${held ? "held" : call.my_state} aria-label=${t("Call")} data-call=${call.id}>
      <div class="call-who"><strong>${callerName(call)}</strong><span class="small soft">${facts.join(" · ")}</span></div>
      <div class="call-clock">
        <span class="call-time number">${formatStopwatch(seconds(leg?.joined_at ?? leg?.created_at ?? call.answered_at))}</span>
        <span class="small soft">${held ? t("on hold %(time)s", { time: formatStopwatch(seconds(call.on_hold_since)) }) : (STATES[call.my_state]?.() || (call.state === "talking" ? t("talking") : calling(call)))}</span>
      </div>
      <div class="call-buttons" role="group" aria-label=${t("What to do with the call")}>
        <button type="button" class="btn" data-call-mute aria-pressed=${String(softphone.muted)} ?disabled=${!softphone.busy} @click=${mute}>${icon(softphone.muted ? "microphone-off" : "microphone")}${softphone.muted ? t("Unmute") : t("Mute")}</button>
        <button type="button" class="btn" data-call-hold aria-pressed=${String(held)} ?disabled=${!talking()} @click=${hold}>${icon(held ? "player-play" : "player-pause")}${held ? t("Take off hold") : t("Hold")}</button>
        <button type="button" class="btn" data-call-transfer ?disabled=${!talking()} @click=${transfer}>${icon("transfer")}${t("Transfer")}</button>
        <button type="button" class="btn hang-up" data-call-end @click=${hangUp}>${icon("phone-off")}${t("Hang up")}</button>
      </div>
      <div class="call-facts small soft">
        <span class="recording" data-state=${call.recording === "on" ? "on" : "off"} role="status">${RECORDING[call.recording]()}</span>
        ${recordingButton(call)}
        ${call.answered_by === "machine" ? html`<strong>${t("An answering machine")}</strong>` : nothing}
        ${call.answered_at && !call.callback ? html`<span>${t("answered after %(time)s", { time: formatStopwatch(seconds(call.started_at, call.answered_at)) })}</span>` : nothing}
        ${softphone.muted ? html`<strong>${icon("microphone-off", { size: "small" })}${t("They cannot hear you")}</strong>` : nothing}
      </div>
      ${connection(call)}
      <div class="call-note">${noteField(call)}</div>
      ${softphone.speaks && softphone.busy ? captions() : nothing}
    </section>`;
  }

  /** While a card's number is read out, say. */
  function recordingButton(call) {
    if (!talking() || !["on", "paused"].includes(call.recording)) return nothing;
    const paused = call.recording === "paused";
    return html`<button type="button" class="btn btn-sm" data-call-recording aria-pressed=${String(paused)} @click=${() => done(api.put(`/api/v1/calls/${call.id}/recording`, { paused: !paused }))}>
      ${icon(paused ? "player-record" : "player-pause", { size: "small" })}${paused ? t("Go on recording") : t("Pause the recording")}</button>`;
  }

  /** Where the sound is, when it is not here. */
  function connection(call) {
    if (softphone.problem) return html`<p class="call-said small strong" role="alert">${icon("alert-circle", { size: "small" })}${softphone.problem}</p>`;
    if (softphone.state === "reconnecting") return html`<p class="call-said small strong" role="status">${t("The network is weak. Reconnecting…")}</p>`;
    if (softphone.busy || call.my_state === "joining") return nothing;
    if (call.my_state !== "lost") return html`<p class="call-said small soft">${t("You talk in another window.")}</p>`;
    return html`<p class="call-said row-of strong">${t("Your connection was lost. The caller still waits for you.")}
      <button type="button" class="btn btn-primary" data-call-rejoin @click=${() => rejoin(call)}>${icon("phone")}${t("Come back")}</button></p>`;
  }

  bind("m", t("Mute or unmute"), mute, keys);
  bind("h", t("Hold, or take off hold"), hold, keys);
  bind("t", t("Transfer"), transfer, keys);
  bind("n", t("Note of the call"), () => document.querySelector("[data-call-note]")?.focus(), keys);
  softphone.onChange(draw);
  everySecond(() => agent.call && draw());
  return { draw };
}
