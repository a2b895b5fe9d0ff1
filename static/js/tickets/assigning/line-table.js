// A short table that is edited as a whole: lines are added, changed and taken away, then saved together.
import { ApiError, api } from "../../core/api.js";
import { html, icon, nothing, render } from "../../core/html.js";
import { t } from "../../core/i18n.js";
import { problem, skeleton } from "../../core/parts.js";
import { toast } from "../../core/toast.js";

/**
 * lineTable(place, {title, hint, path (GET and PUT {items}), columns: [{label, cell(line, put)}], fresh() (a new line), none (text when there are
 * none)}). `put(changes)` changes the line.
 */
export function lineTable(place, { title, hint, path, columns, fresh, none }) {
  let lines = null;
  let saved = "";
  let failed = null;
  let refused = null;

  async function load() {
    try {
      lines = (await api.get(path)).items;
      saved = JSON.stringify(lines);
      failed = null;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failed = error;
    }
    draw();
  }

  async function save() {
    try {
      lines = (await api.put(path, { items: lines })).items;
      saved = JSON.stringify(lines);
      refused = null;
      toast(t("Saved."));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refused = error;
    }
    draw();
  }

  const change = (make) => {
    lines = make(lines);
    refused = null;
    draw();
  };

  const row = (line, at) => html`<tr>${columns.map(
    (column) => html`<td data-label=${column.label}>${column.cell(line, (changes) => change((all) => all.map((one) => (one === line ? { ...one, ...changes } : one))))}</td>`,
  )}<td><button type="button" class="btn btn-sm btn-quiet btn-icon" aria-label=${t("Remove line %(number)s", { number: at + 1 })} @click=${() => change((all) => all.filter((one) => one !== line))}>${icon("x")}</button></td></tr>`;

  function draw() {
    if (failed) return render(problem(failed, load), place);
    if (!lines) return render(skeleton(3), place);
    const changed = JSON.stringify(lines) !== saved;
    return render(
      html`<section class="part"><div class="part-head wrap"><h2>${title}</h2><span class="grow small soft">${hint}</span>
          <button type="button" class="btn btn-sm" @click=${() => change((all) => [...all, fresh()])}>${icon("plus")}${t("Add a line")}</button></div>
        ${lines.length
          ? html`<div class="table-scroll"><table class="table table-dense table-lines"><thead><tr>${columns.map((column) => html`<th scope="col">${column.label}</th>`)}<th><span class="visually-hidden">${t("Remove")}</span></th></tr></thead>
              <tbody>${lines.map(row)}</tbody></table></div>`
          : html`<div class="part-body soft">${none}</div>`}
        ${changed || refused
          ? html`<div class="part-body"><div class="form-actions"><button type="button" class="btn btn-primary" @click=${save}>${t("Save")}</button>
              <button type="button" class="btn" @click=${() => change(() => JSON.parse(saved))}>${t("Cancel")}</button><span class="small soft" role="status">${refused ? html`<strong>${refused.message}</strong>` : t("Not saved yet")}</span></div></div>`
          : nothing}</section>`,
      place,
    );
  }

  addEventListener("beforeunload", (event) => lines && JSON.stringify(lines) !== saved && event.preventDefault());
  draw();
  load();
}

/** A choice in a cell: `options` [{value, label}]; `none`: the word for null. */
export const cellChoice = ({ label, value, options, none, change }) =>
  html`<select class="form-select" aria-label=${label} @change=${(event) => change(event.target.value === "" ? null : event.target.value)}>
    ${none === undefined ? nothing : html`<option value="" ?selected=${value === null || value === undefined}>${none}</option>`}
    ${options.map((one) => html`<option value=${one.value} ?selected=${String(one.value) === String(value)}>${one.label}</option>`)}</select>`;
