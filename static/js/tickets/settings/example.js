// "A fault reported Friday 17:40 would be due Monday 09:40": asked of the server while hours or targets are being written.
import { ApiError, api } from "../../core/api.js";
import { html, nothing } from "../../core/html.js";
import { formatDate, formatTime, t } from "../../core/i18n.js";

const PAUSE = 250; // milliseconds after the last change

const spoken = (moment, zone) => `${formatDate(moment, { zone })} ${formatTime(moment, { zone })}`;

/**
 * worked({ask(), changed(), grid}) → {renew(), draw()}. `ask()` gives {definition | calendar_id | time_zone, lines: [{label, seconds}]}, null when
 * there is nothing to ask; `changed` draws the page again. With `grid` {rowName(row), columns, columnName(column)} lines are [{row, column,
 * seconds}] and stand in a table.
 */
export function worked({ ask, changed, grid = null }) {
  const state = { lines: [], answer: null, problem: "", start: null };
  let timer = 0;
  let asked = 0;

  async function fetchIt() {
    const wanted = ask();
    asked += 1;
    const mine = asked;
    if (!wanted?.lines.length) {
      Object.assign(state, { lines: [], answer: null, problem: "" });
      changed();
      return;
    }
    const { lines, ...calendar } = wanted;
    try {
      const answer = await api.post("/api/v1/due-times", { ...calendar, start: state.start, seconds: lines.map((line) => line.seconds) });
      if (mine === asked) Object.assign(state, { lines, answer, problem: "" });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (mine === asked) Object.assign(state, { answer: null, problem: Object.values(error.errors).flat()[0] ?? error.title });
    }
    if (mine === asked) changed();
  }

  function renew() {
    clearTimeout(timer);
    timer = setTimeout(fetchIt, PAUSE);
  }

  function line({ label }, index) {
    const { due, start, time_zone: zone } = state.answer;
    const values = { start: spoken(start, zone), due: due[index] ? spoken(due[index], zone) : "" };
    const text = due[index] ? t("Reported %(start)s, due %(due)s", values) : t("Reported %(start)s, never due: no working time is left", values);
    return html`<li>${label ? html`<span class="strong example-label">${label}</span>` : nothing}<span>${text}</span></li>`;
  }

  /** One row for each priority, one column for each clock: when it would be due. */
  function table() {
    const { due, start, time_zone: zone } = state.answer;
    const rows = [...new Set(state.lines.map((one) => one.row))];
    const cell = (row, column) => {
      const at = state.lines.findIndex((one) => one.row === row && one.column === column);
      return at < 0 ? html`<td class="faint">–</td>` : html`<td>${due[at] ? spoken(due[at], zone) : t("never: no working time is left")}</td>`;
    };
    const first = due[0] ? t("Reported %(start)s, due %(due)s", { start: spoken(start, zone), due: spoken(due[0], zone) }) : t("Reported %(start)s", { start: spoken(start, zone) });
    return html`<p class="example-first"><span class="strong">${grid.rowName(state.lines[0].row)} · ${grid.columnName(state.lines[0].column)}</span> ${first}</p>
      <div class="table-scroll"><table class="table example-grid">
        <thead><tr><th scope="col"><span class="visually-hidden">${t("Priority")}</span></th>${grid.columns.map((column) => html`<th scope="col">${grid.columnName(column)}</th>`)}</tr></thead>
        <tbody>${rows.map((row) => html`<tr><th scope="row">${grid.rowName(row)}</th>${grid.columns.map((column) => cell(row, column))}</tr>`)}</tbody>
      </table></div>`;
  }

  const shown = () => (grid ? table() : html`<ul class="lines">${state.lines.map(line)}</ul>`);

  const draw = () => html`<section class="part">
    <div class="part-head wrap"><h2 class="grow">${t("Worked example")}</h2>
      <label class="row-of small"><span class="soft nowrap">${t("Reported at")}</span>
        <input class="form-control form-control-sm" type="datetime-local" .value=${state.start ?? localText(state.answer)} @change=${(event) => { state.start = event.target.value || null; renew(); }} /></label></div>
    <div role="status">${state.problem
      ? html`<div class="part-body note-strong">${state.problem}</div>`
      : state.answer
        ? shown()
        : html`<div class="part-body soft">${t("Write a target to see when a ticket would be due.")}</div>`}</div>
  </section>`;

  return { renew, draw };
}

/** The answer's start on its own clock, as a datetime-local field takes it. */
const localText = (answer) => (answer ? answer.start.slice(0, 16) : "");
