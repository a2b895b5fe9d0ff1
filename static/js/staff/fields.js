// Fields of forms drawn by scripts: label, input, hint. What was wrong is put beside them by core/form.js.
import { html, ifDefined, nothing } from "../core/html.js";

const idOf = (name, id) => id ?? `field-${name.replaceAll(".", "-")}`;

const around = (id, label, hint, input) =>
  html`<div class="field"><label class="form-label" for=${id}>${label}</label>${input}${hint ? html`<div class="form-hint" id="${id}-hint">${hint}</div>` : nothing}</div>`;

/** A line of text, a number, a date: `{name, label, value, type, hint, autocomplete, placeholder, min, max, step, list, autofocus, id}`. */
export function field({ name, label, value = "", type = "text", hint = "", id, autofocus = false, mode, ...more }) {
  const own = idOf(name, id);
  return around(own, label, hint, html`<input class="form-control" id=${own} name=${name} type=${type} .value=${String(value ?? "")}
    autocomplete=${more.autocomplete ?? "off"} placeholder=${ifDefined(more.placeholder)} min=${ifDefined(more.min)} max=${ifDefined(more.max)}
    step=${ifDefined(more.step)} inputmode=${ifDefined(mode)} aria-describedby=${hint ? `${own}-hint` : nothing} ?autofocus=${autofocus} />`);
}

/** Several lines of text. */
export function area({ name, label, value = "", hint = "", id, rows = 3 }) {
  const own = idOf(name, id);
  return around(own, label, hint, html`<textarea class="form-control" id=${own} name=${name} rows=${rows} .value=${value ?? ""}
    aria-describedby=${hint ? `${own}-hint` : nothing}></textarea>`);
}

/** One of a list: `options` [{value, label}]; `none` names the empty choice; `number`: values are numbers. */
export function select({ name, label, value = "", options, none, number = false, hint = "", id, change }) {
  const own = idOf(name, id);
  const chosen = String(value ?? "");
  return around(own, label, hint, html`<select class="form-select" id=${own} name=${name} data-type=${number ? "number" : nothing}
    aria-describedby=${hint ? `${own}-hint` : nothing} @change=${change ?? nothing}>
    ${none === undefined ? nothing : html`<option value="" ?selected=${chosen === ""}>${none}</option>`}
    ${options.map((option) => html`<option value=${option.value} ?selected=${String(option.value) === chosen}>${option.label}</option>`)}
  </select>`);
}

/** Yes or no. */
export function check({ name, label, value = false, id }) {
  const own = idOf(name, id);
  return html`<label class="form-check" for=${own}><input class="form-check-input" type="checkbox" id=${own} name=${name} .checked=${value} /><span class="form-check-label">${label}</span></label>`;
}

export const named = (rows) => rows.map((row) => ({ value: row.id ?? row.key, label: row.name }));
export const zones = (names) => names.map((name) => ({ value: name, label: name.replaceAll("_", " ") }));
export const languages = (found) => Object.entries(found).map(([value, label]) => ({ value, label }));

const regions = new Intl.DisplayNames([document.documentElement.lang || "en"], { type: "region" });
/** Countries by their names in the reader's language. */
export const countries = (codes) =>
  codes.map((value) => ({ value, label: regions.of(value) ?? value })).sort((one, other) => one.label.localeCompare(other.label));
