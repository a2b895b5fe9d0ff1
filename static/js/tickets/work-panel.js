// Time on the ticket's page: what it took so far, and the timer.
import { pageData } from "../core/api.js";
import { channel } from "../core/connection.js";
import { html, icon, nothing } from "../core/html.js";
import { formatDuration, t } from "../core/i18n.js";
import { registerAction, registerPanel } from "./panels.js";
import { logWork } from "./work-dialog.js";
import { startTimer, stopTimer } from "./work-words.js";
import "./work-style.js";

const mine = () => watched.rows.get("timer") ?? null;

registerPanel("work", ({ seconds, people, running }) => {
  const line = (one) => html`<dt>${one.person}</dt><dd>${formatDuration(one.seconds + one.counted_seconds)}${one.counted_seconds ? html` <span class="soft">${t("of it %(time)s in calls", { time: formatDuration(one.counted_seconds) })}</span>` : nothing}</dd>`;
  return html`<h2>${t("Time")} <span class="soft">${seconds ? formatDuration(seconds) : ""}</span></h2>
    <dl class="facts">${people.map(line)}${running.map((one) => html`<dt>${one.person}</dt><dd class="with-icon">${icon("clock-play", { size: "small" })}${t("a timer runs")}</dd>`)}</dl>`;
});

const draw = (ticket) => {
  if (!pageData.may_write || ticket.merged_into) return nothing;
  const here = mine()?.number === ticket.number;
  return html`<button type="button" class="btn" title=${here ? t("Stop the timer") : t("Start the timer")} @click=${() => (here ? stopTimer() : startTimer(ticket.number))}>${icon(here ? "player-stop" : "clock-play")}${here ? t("Stop timer") : t("Timer")}</button>
    <button type="button" class="btn btn-quiet" @click=${() => logWork({ number: ticket.number })}>${icon("clock")}${t("Time…")}</button>`;
};

const again = () => registerAction("work", draw); // registering draws the page anew
const watched = channel.watch("work", { onReset: again, onChange: ({ key } = {}) => (key === undefined || key === "timer") && again() });
again();
