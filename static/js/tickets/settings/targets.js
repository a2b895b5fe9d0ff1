// The targets of a policy as a grid: priorities down, clocks across; a priority without times of its own takes those of all others.
import { html, nothing } from "../../core/html.js";
import { t } from "../../core/i18n.js";
import { clockWord, PRIORITIES, priorityWord } from "../words.js";
import { readDuration, writeDuration } from "./durations.js";

export const CLOCKS = ["first_response", "next_response", "on_site", "resolution"];
const ROWS = ["default", ...PRIORITIES];
const rowName = (row) => (row === "default" ? t("All others") : priorityWord(row));

/** Texts by priority and clock, as they are being typed: {default: {resolution: "8 h"}, urgent: null (none of its own)}. */
export const textsOf = (targets) =>
  Object.fromEntries(ROWS.map((row) => [row, targets[row] || row === "default" ? Object.fromEntries(CLOCKS.map((clock) => [clock, writeDuration(targets[row]?.[clock])])) : null]));

/** The targets meant by the texts, and the cells that are no durations: {targets, wrong: [[row, clock], …]}. */
export function targetsOf(texts) {
  const wrong = [];
  const targets = {};
  for (const row of ROWS) {
    if (!texts[row]) continue;
    targets[row] = {};
    for (const clock of CLOCKS) {
      const seconds = readDuration(texts[row][clock] ?? "");
      if (Number.isNaN(seconds)) wrong.push([row, clock]);
      else if (seconds !== null) targets[row][clock] = seconds;
    }
  }
  return { targets, wrong };
}

/** `changed(texts)` with a copy. */
export function targetsGrid(texts, changed) {
  const { wrong } = targetsOf(texts);
  const isWrong = (row, clock) => wrong.some(([other, kind]) => other === row && kind === clock);
  const cell = (row, clock) => html`<td><input class=${isWrong(row, clock) ? "form-control is-invalid" : "form-control"} aria-invalid=${String(isWrong(row, clock))}
    aria-label=${t("%(clock)s, %(priority)s", { clock: clockWord(clock), priority: rowName(row) })} placeholder="–" .value=${texts[row][clock]}
    @input=${(event) => changed({ ...texts, [row]: { ...texts[row], [clock]: event.target.value } })} /></td>`;
  const own = (row, on) => changed({ ...texts, [row]: on ? { ...texts.default } : null });
  const line = (row) => html`<tr>
    <th scope="row">${row === "default" ? rowName(row) : html`<label class="row-of"><input class="form-check-input" type="checkbox" .checked=${Boolean(texts[row])} @change=${(event) => own(row, event.target.checked)} />${rowName(row)}</label>`}</th>
    ${texts[row] ? CLOCKS.map((clock) => cell(row, clock)) : html`<td colspan=${CLOCKS.length}><span class="soft">${t("as all others")}</span></td>`}</tr>`;
  return html`<div class="table-scroll"><table class="table targets">
    <thead><tr><th scope="col"><span class="visually-hidden">${t("Priority")}</span></th>${CLOCKS.map((clock) => html`<th scope="col">${clockWord(clock)}</th>`)}</tr></thead>
    <tbody>${["urgent", "high", "normal", "low", "default"].map(line)}</tbody>
  </table></div>${wrong.length ? html`<p class="invalid-feedback targets-wrong" role="alert">${t("Write a duration like 4 h, 30 min or 1 h 30 min.")}</p>` : nothing}`;
}
