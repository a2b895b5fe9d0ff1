// The lines of an import with their verdicts; bad ones are corrected in place, possible duplicates decided one by one.
import { ApiError, api } from "../core/api.js";
import { chip, empty, problem, skeleton } from "../core/parts.js";
import { html, icon, nothing, render, repeat } from "../core/html.js";
import { t } from "../core/i18n.js";
import { field } from "../staff/fields.js";
import { formDialog } from "../staff/form-dialog.js";
import { toastError } from "../core/toast.js";
import { OUTCOMES, WHY } from "./import-words.js";

const SIGNS = { ok: "circle-check", joins: "git-merge", duplicate: "copy", problem: "alert-circle", done: "check", undone: "arrow-back-up", kept: "lock", open: "hourglass" };

/** Draws lines into `element`. Returns {show(found, outcome)}, which loads again when state or filter changed. */
export function importLines(element, { address, refresh }) {
  const state = { rows: [], next: null, failed: null, loading: true, shown: "" };
  let found = null;
  let outcome = "";
  let asked = 0;

  async function load(after = null) {
    asked += 1;
    const mine = asked;
    try {
      const { items, next } = await api.get(`${address}/lines`, { outcome, after, limit: 50 });
      if (mine !== asked) return;
      Object.assign(state, { rows: after ? [...state.rows, ...items] : items, next, failed: null, loading: false });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      Object.assign(state, { failed: error, loading: false });
    }
    draw();
  }

  async function decide(row, decision) {
    try {
      Object.assign(row, await api.patch(`${address}/lines/${row.number}`, { decision }));
      draw();
      await refresh();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toastError(error);
    }
  }

  const correct = (row) =>
    formDialog({
      title: t("Line %(number)s", { number: row.number }),
      size: "wide",
      save: t("Check again"),
      method: "patch",
      path: `${address}/lines/${row.number}`,
      content: html`${problems(row)}<div class="fields">${found.headers.map((header, place) => field({ name: `cells.${place}`, label: header, value: row.cells[place] }))}</div>`,
      done: (answer) => {
        Object.assign(row, answer);
        draw();
        refresh();
      },
    });

  const names = () => Object.fromEntries(found.choices.map((choice) => [choice.key, choice.name]));
  const problems = (row) => Object.entries(row.problems).map(([target, text]) => html`<span class="import-problem">${names()[target] && target ? `${names()[target]}: ` : ""}${text}</span>`);

  const likes = (row) => html`<span class="small">${t("Maybe")} ${row.like.map((one, place) => html`${place ? ", " : ""}<a href="/customers/${one.id}" target="_blank">${one.name} #${one.id}</a> <span class="soft">(${WHY[one.why]})</span>`)}</span>`;

  function choice(row) {
    const button = (decision, label) => html`<button type="button" aria-pressed=${String(row.decision === decision)} @click=${() => decide(row, decision)}>${label}</button>`;
    return html`<div class="choice" role="group" aria-label=${t("Line %(number)s", { number: row.number })}>${button("skip", t("Skip"))}${button("add", t("Add anyway"))}</div>`;
  }

  function line(row) {
    const open = found.state === "checked";
    return html`<li class="import-line">${icon(SIGNS[row.outcome], { label: OUTCOMES[row.outcome] ?? "" })}
      <div class="line-text">
        <div class="import-cells"><span class="soft">${row.number}</span>${row.cells.map((cell, place) => (cell ? html`<span title=${found.headers[place]}>${cell}</span>` : nothing))}</div>
        ${problems(row)}
        ${row.outcome === "duplicate" ? likes(row) : nothing}
        ${row.outcome === "joins" ? html`<span class="small soft">${t("About the customer of line %(number)s: adds to them.", { number: row.same_as })}</span>` : nothing}
        ${row.customer_id ? html`<a class="small" href="/customers/${row.customer_id}">${t("Customer %(number)s", { number: row.customer_id })}</a>` : nothing}
      </div>
      ${open && row.outcome === "duplicate" ? choice(row) : nothing}
      ${open && row.outcome === "problem" ? html`<button type="button" class="btn btn-sm" @click=${() => correct(row)}>${t("Correct")}</button>` : nothing}
      ${row.outcome === "kept" ? chip(OUTCOMES.kept) : nothing}
    </li>`;
  }

  function draw() {
    render(
      html`<section class="part">
        ${state.failed ? problem(state.failed, () => load()) : state.loading ? html`<div class="part-body">${skeleton(6)}</div>`
          : state.rows.length ? html`<ul class="lines">${repeat(state.rows, (row) => row.number, line)}</ul>` : empty({ icon: "table", title: t("No such lines") })}
        ${state.next ? html`<div class="row-of more-rows"><button type="button" class="btn btn-quiet" @click=${() => load(state.next)}>${t("Show more")}</button></div>` : nothing}
      </section>`,
      element,
    );
  }

  return {
    show(now, chosen) {
      const key = `${now.state} ${chosen}`;
      found = now;
      outcome = chosen;
      if (key === state.shown) return draw();
      Object.assign(state, { shown: key, loading: true, rows: [] });
      draw();
      return load();
    },
  };
}
