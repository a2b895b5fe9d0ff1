// One ticket's page, kept true by the topic `ticket:<number>`.
import { channel } from "../core/connection.js";
import { pageData } from "../core/api.js";
import { clockChip } from "../core/clock-chip.js";
import { html, icon, nothing, render } from "../core/html.js";
import { t } from "../core/i18n.js";
import { bind } from "../core/keys.js";
import { skeleton } from "../core/parts.js";
import { toastError } from "../core/toast.js";
import { actionRow, patch, resolve } from "./actions.js";
import { showOthers } from "./collision.js";
import { composer } from "./composer.js";
import { factsOf } from "./facts.js";
import { articlesBeside } from "./knowledge/suggestions.js";
import { openMacros } from "./macros.js";
import { mergeActions, mergedNote, mergedPanel } from "./merging.js";
import { onRegister, panels } from "./panels.js";
import { timeline } from "./timeline.js";
import { chipOf, lateWord } from "./words.js";

const place = (id) => document.getElementById(id);
let ticket = null;

render(skeleton(6), place("timeline"));
const writer = pageData.may_write
  ? composer(place("composer"), { number: pageData.number, to: () => (ticket?.contact_email ? t("To %(address)s", { address: ticket.contact_email }) : ""), rows: () => watched.rows })
  : null;

const ORDER = { running: 0, paused: 1 };
const rank = (clock) => ORDER[clock.state] ?? 2;
const at = (clock) => Date.parse(clock.due_at ?? clock.stopped_at ?? clock.started_at);

/** What runs first, the earliest due time before all; then what stands, then what is over. */
const byImportance = (a, b) => rank(a) - rank(b) || at(a) - at(b);

function draw() {
  const rows = watched.rows;
  ticket = rows.get("ticket") ?? null;
  if (!ticket) return;
  place("subject").textContent = ticket.subject;
  const shown = (ticket.clocks ?? []).filter((clock) => clock.state !== "cancelled").sort(byImportance);
  render(html`${shown.map((clock) => clockChip(chipOf(clock)))}${shown.map(lateWord).filter(Boolean).map((word) => html`<span class="forecast">${icon("truck", { size: "small" })}<span>${word}</span></span>`)}${shown.length ? nothing : html`<span class="soft small">${t("No clock runs for this ticket.")}</span>`}`, place("clocks"));
  render(mergedNote(ticket, pageData.may_write), place("merged"));
  place("composer").hidden = Boolean(ticket.merged_into);
  if (pageData.may_write) render(ticket.merged_into ? nothing : html`${actionRow(ticket, rows)}<button type="button" class="btn btn-quiet" @click=${macros}>${icon("wand")}${t("Macros…")}</button>${mergeActions(ticket, rows)}`, place("actions"));
  render(html`${panels(rows)}${factsOf(ticket, { ...pageData, may_write: pageData.may_write && !ticket.merged_into, redraw: draw })}${mergedPanel(ticket, pageData.may_write)}`, place("facts"));
  render(timeline(rows), place("timeline"));
  writer?.update();
  articles?.update(ticket, rows);
}

const assignToMe = (before) =>
  patch(pageData.number, { assignee_id: pageData.me }, t("Assigned to you"), () => patch(pageData.number, { assignee_id: before }, t("Taken back")));

const macros = () => openMacros(pageData.number, writer.insert).catch(toastError);

const articles = pageData.may_read_articles ? articlesBeside(place("knowledge"), { number: pageData.number, writer }) : null;
const watched = channel.watch(`ticket:${pageData.number}`, { onReset: draw, onChange: draw });
onRegister(draw);
showOthers(place("others"), watched, pageData.user_id);
place("timeline").addEventListener("click", (event) => {
  const button = event.target.closest("[data-take-back]");
  if (button) writer?.takeBack(Number(button.dataset.takeBack));
});

if (pageData.may_write) {
  const group = t("Ticket");
  bind("r", t("Reply"), () => writer.focus("reply"), { group });
  bind("m", t("Macros and texts"), () => ticket && !ticket.merged_into && macros(), { group });
  bind("i", t("Internal note"), () => writer.focus("note"), { group });
  bind("e", t("Resolve"), () => ticket && resolve(ticket, watched.rows), { group });
  bind("a", t("Assign to me"), () => pageData.me && ticket && assignToMe(ticket.assignee_id), { group });
}
