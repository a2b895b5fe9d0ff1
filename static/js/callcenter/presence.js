// On every page of an agent: my state in the top bar, changed by one click, and an incoming call as a card that nobody overlooks.
import { html, icon, nothing, render } from "../core/html.js";
import { formatStopwatch, t } from "../core/i18n.js";
import { bind } from "../core/keys.js";
import { serverNow } from "../core/live.js";
import { everySecond } from "../core/ticker.js";
import { channel } from "../core/connection.js";
import { announce, toast } from "../core/toast.js";
import { agent } from "./agent.js";
import { offerCard } from "./offer.js";
import { ring, stopRinging } from "./ring.js";
import { accept, choose, decline, isAnswering, onConsole, takeCarried } from "./telephone.js";
import { softphone } from "./softphone.js";
import { BREAK_REASONS, callerName, dotOf, presenceWord, reasonWord } from "./words.js";

const FAST = 200; // milliseconds between two steps of the bar that runs out
const bar = document.getElementById("presence");
const title = document.title;
let overlay = null;
let offered = null;
let unbind = [];
let timer = 0;

/** Seconds in the present state. */
const lasting = (presence) => (presence.since ? (serverNow() - Date.parse(presence.since)) / 1000 : 0);
const pick = (state, reason) => () => {
  document.getElementById("presence-menu")?.hidePopover();
  choose(state, reason);
};

function menu(presence) {
  if (agent.talking) return html`<p class="presence-said">${t("During a call your state follows the call.")}</p>`;
  const item = (state, reason, picture, label) =>
    html`<button type="button" class="sheet-item" data-presence=${reason ?? state} aria-current=${presence.state === state && (presence.reason ?? state) === (reason ?? state) ? "true" : nothing} @click=${pick(state, reason)}>${icon(picture)}${label}</button>`;
  return html`${item("ready", null, "headset", t("Ready"))}
    <div class="sheet-label">${t("Break")}</div>
    ${BREAK_REASONS.map((reason) => item("break", reason, reason === "break" ? "coffee" : "player-pause", reason === "break" ? t("Short break") : reasonWord(reason)))}
    <hr class="sheet-line" />
    ${item("offline", null, "logout", t("Offline"))}`;
}

/** The one click: to Ready, or from it into a break. */
function quick(presence) {
  if (agent.talking) return nothing;
  return presence.state === "ready"
    ? html`<button type="button" class="btn btn-sm btn-icon" data-quick="break" title=${t("Take a break")} aria-label=${t("Take a break")} @click=${pick("break", "break")}>${icon("coffee")}</button>`
    : html`<button type="button" class="btn btn-sm" data-quick="ready" @click=${pick("ready")}>${icon("headset")}${t("Ready")}</button>`;
}

function drawBar() {
  const { presence } = agent;
  if (!bar || !presence) return;
  render(
    html`<div class="row-of">
      <button type="button" class="presence-button" popovertarget="presence-menu">
        <span class="visually-hidden">${t("My state")}</span><span class="presence-dot" data-state=${dotOf(presence.state)}></span><span class="presence-word">${presenceWord(presence)}</span>
        <span class="presence-since number soft">${formatStopwatch(lasting(presence))}</span>
      </button>
      ${onConsole ? nothing : quick(presence)}
    </div>
    <div class="sheet presence-menu" id="presence-menu" popover @beforetoggle=${place}>${menu(presence)}</div>`,
    bar,
  );
}

function place(event) {
  const at = event.target.previousElementSibling.getBoundingClientRect();
  event.target.style.top = `${at.bottom + 6}px`;
  event.target.style.right = `${Math.max(8, document.documentElement.clientWidth - at.right)}px`;
}

/** The machine took me out while no page of mine answered, and let me in again (staff/services/attendance.py): both are told. */
let before = null;
let closeToast = () => {};
function tellOfAbsence() {
  const { presence } = agent;
  if (!presence) return;
  const away = presence.state === "break" && presence.reason === "away";
  const wasAway = before?.state === "break" && before.reason === "away";
  if (away && !wasAway) closeToast = toast(t("The connection was lost, so calls went to your colleagues."), { action: { label: t("Ready"), run: () => choose("ready") } });
  if (wasAway && !away) closeToast();
  if (wasAway && presence.state === "ready") toast(t("You are Ready again: calls come to you."));
  before = presence;
}

// Incoming calls.

function answerByEnter(event) {
  const control = event.target.closest?.("a, button, summary, [tabindex]:not(main)");
  // Enter belongs to what has the focus; the buttons of my state keep it after the click on Ready and mean nothing now.
  if (control && !control.closest("[data-offer], [data-choose], [data-quick], .presence-button")) control.click();
  else accept(offered);
}

function drawOffer() {
  const { offer } = agent;
  if (offer?.id !== offered?.id) changed(offer);
  offered = offer;
  if (!overlay) return;
  render(offer ? offerCard(offer, { accept: () => accept(offer), decline: () => decline(offer), busy: isAnswering() }) : nothing, overlay);
}

function changed(offer) {
  clearInterval(timer);
  for (const release of unbind) release();
  unbind = [];
  stopRinging();
  document.title = title;
  if (!onConsole) float(Boolean(offer));
  if (!offer) return;
  document.title = `☎ ${callerName(offer.call)}`;
  announce(t("Incoming call from %(name)s", { name: callerName(offer.call) }));
  ring();
  unbind = [
    bind("a", t("Accept the call"), () => accept(offered), { group: t("Calls") }),
    bind("Enter", t("Accept the call"), answerByEnter, { group: t("Calls") }),
  ];
  timer = setInterval(drawOffer, FAST);
}

/** On other pages the card lies above everything, dialogs too. */
function float(shown) {
  if (!overlay) {
    overlay = Object.assign(document.createElement("div"), { className: "offer-overlay" });
    overlay.setAttribute("popover", "manual");
    document.body.append(overlay);
  }
  if (shown && !overlay.matches(":popover-open")) overlay.showPopover();
  if (!shown && overlay.matches(":popover-open")) overlay.hidePopover();
}

/** A page opened while Ready: the first click anywhere makes the telephone, so that a call is taken without delay. */
function prepareAtFirstClick() {
  const prepare = () => agent.presence?.state === "ready" && softphone.start().catch(() => {});
  document.addEventListener("pointerdown", prepare, { once: true });
  document.addEventListener("keydown", prepare, { once: true });
}

/** Who signs out takes no more calls; a call that still runs is kept. */
function offlineAtSignOut() {
  const form = document.querySelector('form[action="/sign-out"]');
  form?.addEventListener("submit", async (event) => {
    if (!agent.presence || agent.talking || agent.presence.state === "offline") return;
    event.preventDefault();
    await agent.setPresence("offline").catch(() => {}); // signing out goes on whatever happens
    form.submit();
  });
}

/** The rules for all this stand in the console's style sheet, which other pages do not have. */
function addStyles() {
  const href = new URL("../../css/console.css", import.meta.url).pathname;
  if (document.querySelector(`link[href="${href}"]`)) return;
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
}

addStyles();
channel.attend();
offlineAtSignOut();
agent.onChange((key) => {
  if (key === null || key === "presence" || key === "call") drawBar();
  if (key === null || key === "presence") tellOfAbsence();
  drawOffer();
});
everySecond(drawBar);
prepareAtFirstClick();
if (onConsole) takeCarried();
