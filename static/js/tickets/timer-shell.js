// On every page: my running timer at the top, and the question whether it was forgotten.
import { channel } from "../core/connection.js";
import { html, icon, nothing, render } from "../core/html.js";
import { formatMoment, formatStopwatch, t } from "../core/i18n.js";
import { serverNow } from "../core/live/clock.js";
import { everySecond } from "../core/ticker.js";
import { confirmTimer, discardTimer, forgotten, stopTimer } from "./work-words.js";
import "./work-style.js";

const ASK_AFTER = 4 * 3600_000; // milliseconds since it was started, or since the last "still at it"
const place = Object.assign(document.createElement("div"), { id: "work-timer", className: "work-timer" });
document.querySelector(".bar-end")?.prepend(place);
const question = Object.assign(document.createElement("div"), { id: "timer-question" });
document.getElementById("main")?.prepend(question);

const what = ({ number, subject }) => (number ? html`<a href=${`/tickets/${number}`} title=${subject}>#${number}</a>` : html`<a href="/my-day">${t("My day")}</a>`);

const running = (timer) => html`${icon("clock-play", { size: "small" })}<span class="number" title=${t("Timer since %(time)s", { time: formatMoment(timer.started_at) })}>${formatStopwatch((serverNow() - Date.parse(timer.started_at)) / 1000)}</span>
  ${what(timer)}<button type="button" class="btn btn-sm btn-icon btn-quiet" aria-label=${t("Stop the timer")} title=${t("Stop the timer")} @click=${stopTimer}>${icon("player-stop", { size: "small" })}</button>`;

const asked = (timer) => html`<div class="note note-strong" role="group">${icon("clock-exclamation")}
  <div class="grow">${t("Your timer has been running since %(time)s. Was it forgotten?", { time: formatMoment(timer.started_at) })} ${timer.number ? html`<a href=${`/tickets/${timer.number}`}>#${timer.number} ${timer.subject}</a>` : nothing}</div>
  <div class="row-of wrap"><button type="button" class="btn btn-sm" @click=${confirmTimer}>${t("Still at it")}</button>
    <button type="button" class="btn btn-sm" @click=${forgotten}>${t("Say how long it was")}</button>
    <button type="button" class="btn btn-sm btn-quiet" @click=${discardTimer}>${t("Throw it away")}</button></div></div>`;

function draw() {
  const timer = watched.rows.get("timer") ?? null;
  render(timer ? running(timer) : nothing, place);
  render(timer && serverNow() - Date.parse(timer.confirmed_at) > ASK_AFTER ? asked(timer) : nothing, question);
}

const watched = channel.watch("work", { onReset: draw, onChange: draw });
everySecond(() => watched.rows.has("timer") && draw());
