// How the value of one condition is typed or chosen, by the kind of its field.
import { api } from "../core/api.js";
import { html, icon, live, nothing } from "../core/html.js";
import { t } from "../core/i18n.js";
import { dayKeys, dayWord, remember, SPANS, unitKeys, unitWord, valueWord, WITHOUT_VALUE } from "./condition-words.js";

const CHIPS_AT_MOST = 7;
const offered = new Map(); // id of an input → line offered → its value; outlives a redraw
const LISTS = new Set(["choice", "person", "reference", "tags"]);

/** The value that an operator begins with; what was there is kept where it still fits. */
export function freshValue(field, op, before) {
  if (WITHOUT_VALUE.has(op)) return undefined;
  if (LISTS.has(field.kind)) return Array.isArray(before) ? before : [];
  if (field.kind === "yes_no") return typeof before === "boolean" ? before : true;
  if (field.kind === "number") return typeof before === "number" ? before : null;
  if (field.kind === "text") return typeof before === "string" ? before : "";
  if (SPANS.has(op)) return before?.unit ? before : { count: 1, unit: "days" };
  return typeof before === "string" && before && !(op === "on" && before === "now") ? before : "today";
}

/** The input of `item` ({field, op, value}); `change(value)` takes the new one. `id` makes names of its parts; `personal`: "me" is somebody. */
export function valueInput({ field, item, id, label, personal, change }) {
  if (WITHOUT_VALUE.has(item.op)) return nothing;
  const parts = { field, value: item.value, op: item.op, id, label, personal, change };
  if (field.kind === "yes_no") return yesNo(parts);
  if (field.kind === "number") return number(parts);
  if (field.kind === "text") return text(parts);
  if (field.kind === "moment") return SPANS.has(item.op) ? span(parts) : moment(parts);
  return list(parts);
}

const yesNo = ({ value, label, change }) => html`<select class="form-select" aria-label=${label} @change=${(event) => change(event.target.value === "true")}>
    <option value="true" ?selected=${value !== false}>${t("yes")}</option><option value="false" ?selected=${value === false}>${t("no")}</option>
  </select>`;

const number = ({ field, value, label, change }) => html`<input class="form-control condition-number" type="number" step="any" aria-label=${label} .value=${live(value ?? "")}
    @change=${(event) => change(event.target.value === "" ? null : event.target.valueAsNumber)}>${field.unit ? html`<span class="small soft">${field.unit}</span>` : nothing}`;

const text = ({ value, label, change }) => html`<input class="form-control" type="text" maxlength="300" aria-label=${label} .value=${live(value ?? "")} @change=${(event) => change(event.target.value.trim())}>`;

const span = ({ value, label, change }) => html`<input class="form-control condition-number" type="number" min="1" max="10000" step="1" aria-label=${label} .value=${live(value?.count ?? "")}
      @change=${(event) => change({ count: event.target.value === "" ? null : Math.round(event.target.valueAsNumber), unit: value?.unit ?? "days" })}>
    <select class="form-select" aria-label=${t("Unit")} @change=${(event) => change({ count: value?.count ?? 1, unit: event.target.value })}>
      ${unitKeys.map((unit) => html`<option value=${unit} ?selected=${unit === value?.unit}>${unitWord(unit)}</option>`)}
    </select>`;

function moment({ value, op, label, change }) {
  const word = dayWord(value) !== undefined;
  const today = new Date().toISOString().slice(0, 10);
  return html`<select class="form-select" aria-label=${label} @change=${(event) => change(event.target.value || today)}>
      ${dayKeys(op).map((day) => html`<option value=${day} ?selected=${day === value}>${dayWord(day)}</option>`)}
      <option value="" ?selected=${!word}>${t("the day…")}</option>
    </select>
    ${word ? nothing : html`<input class="form-control" type="date" aria-label=${label} .value=${live(String(value ?? "").slice(0, 10))} @change=${(event) => change(event.target.value)}>`}`;
}

/** Several values: each a chip to press when there are few, else the chosen ones with a way to add. */
function list(parts) {
  const { field, value = [], personal, label } = parts;
  const options = field.options && [...(field.kind === "person" && personal ? [{ value: "me", label: t("me") }] : []), ...field.options];
  if (options && options.length <= CHIPS_AT_MOST) return chips({ ...parts, value, options });
  return html`<span class="row-of wrap condition-list" role="group" aria-label=${label}>${value.map((one) => token(parts, value, one))}${options ? more({ ...parts, value, options }) : typed({ ...parts, value })}</span>`;
}

function chips({ value, options, label, change }) {
  const gone = value.filter((one) => !options.some((option) => option.value === one)).map((one) => ({ value: one, label: t("%(value)s (removed)", { value: one }) }));
  const toggle = (one) => change(value.includes(one) ? value.filter((other) => other !== one) : [...value, one]);
  return html`<span class="row-of wrap condition-list" role="group" aria-label=${label}>${[...options, ...gone].map(
    (option) => html`<button type="button" class="chip chip-choice" aria-pressed=${String(value.includes(option.value))} @click=${() => toggle(option.value)}>${option.label}</button>`,
  )}</span>`;
}

const token = ({ field, change }, value, one) => {
  const name = valueWord(field, one);
  return html`<span class="chip chip-brand">${name}<button type="button" class="chip-remove" aria-label=${t("Remove %(name)s", { name })} @click=${() => change(value.filter((other) => other !== one))}>${icon("x")}</button></span>`;
};

const more = ({ value, options, change }) => html`<select class="form-select condition-more" aria-label=${t("Add")} @change=${(event) => {
    const chosen = options.find((option) => String(option.value) === event.target.value);
    event.target.value = "";
    if (chosen) change([...value, chosen.value]);
  }}>
    <option value="" selected>${value.length ? t("or…") : t("Choose…")}</option>${options.filter((option) => !value.includes(option.value)).map((option) => html`<option value=${option.value}>${option.label}</option>`)}
  </select>`;

/** Tags, and references found by typing. */
function typed({ field, value, id, change }) {
  const reference = field.kind !== "tags";
  const take = (input, exact) => {
    const given = input.value.trim();
    const found = reference ? offered.get(id)?.get(given) : exact ? undefined : given.replace(/,$/, "").trim();
    if (found === undefined || found === "" || value.includes(found)) return false;
    input.value = "";
    change([...value, found]);
    return true;
  };
  const look = async (event) => {
    const input = event.target;
    if (take(input, true)) return;
    if (!reference && input.value.endsWith(",") && take(input, false)) return;
    const asked = input.value.trim();
    const path = reference ? `/api/v1/tickets/condition-fields/${field.name}/options` : "/api/v1/tags";
    const { items } = await api.get(path, { text: asked }).catch(() => ({ items: [] }));
    if (asked !== input.value.trim()) return;
    if (reference) remember(field, items);
    const lines = reference ? items.map((one) => [`${one.label} (${one.value})`, one.value]) : items.slice(0, 20).map((one) => [one.name, one.name]);
    offered.set(id, new Map(lines));
    input.nextElementSibling.replaceChildren(...lines.map(([line]) => Object.assign(document.createElement("option"), { value: line })));
  };
  const enter = (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    take(event.target, false);
  };
  return html`<input class="form-control condition-more" type="search" list="${id}-found" autocomplete="off" maxlength="200" aria-label=${t("Add")} placeholder=${reference ? t("Name, number…") : t("Tag, Enter")}
      @input=${look} @focus=${look} @keydown=${enter} @change=${(event) => take(event.target, false)}><datalist id="${id}-found"></datalist>`;
}
