// Custom fields of tickets: which there are, what they ask, their inputs and their values in words. `pageData.fields` holds the definitions in the
// reader's language, `pageData.asks` what each kind's form asks of the fields that every ticket has.
import { api, pageData } from "../core/api.js";
import { html, nothing } from "../core/html.js";
import { formatDate, formatList, formatNumber, language, t } from "../core/i18n.js";

export const definitions = pageData.fields ?? [];
const byKey = new Map(definitions.map((one) => [one.key, one]));
const FILLED = (value) => value !== null && value !== undefined && value !== "" && !(Array.isArray(value) && !value.length);

export const definitionOf = (key) => byKey.get(key);
export const isFor = (one, kind) => !one.ticket_kinds.length || one.ticket_kinds.includes(kind);

/** The fields that a ticket of this kind is asked for, and those that it has all the same. */
export const shownFor = (kind, values = {}) => definitions.filter((one) => (isFor(one, kind) && !one.retired) || FILLED(values[one.key]));

/** Whether the field must be filled in `at` opening or resolving; the server has the last word. */
export function requiredNow(one, at, values, priority) {
  if (one.required === at) return true;
  const when = one.required_when;
  if (!when) return false;
  const value = when.field === "priority" ? priority : values[when.field];
  if (when.op === "filled") return FILLED(value);
  return [value].flat().some((each) => when.value.includes(each));
}

const choiceWord = (one, key) => one.choices.find((choice) => choice.key === key)?.label ?? key;

/** A value as people read it; `name`: of a reference what it is called. */
export function valueText(one, value, name) {
  if (!FILLED(value)) return "–";
  if (!one) return String(value);
  if (one.kind === "yes_no") return value ? t("Yes") : t("No");
  if (one.kind === "choice") return choiceWord(one, value);
  if (one.kind === "choices") return formatList(value.map((key) => choiceWord(one, key)));
  if (one.kind === "date") return formatDate(`${value}T12:00:00Z`, { year: true, weekday: false });
  if (one.kind === "number") return [formatNumber(value, { maximumFractionDigits: one.decimals ?? 0 }), one.unit].filter(Boolean).join(" ");
  return one.kind === "reference" ? (name ?? `#${value}`) : value;
}

/** One side of a change in the timeline: the words of then where they were kept, in the reader's language. */
export function saidThen(key, pair, side) {
  const kept = pair[`${side}_name`];
  if (kept) return typeof kept === "string" ? kept : (kept[language] ?? kept.en ?? Object.values(kept)[0]);
  return valueText(byKey.get(key) ?? { kind: pair.kind, choices: [] }, pair[side]);
}

export const labelThen = (key, pair) => byKey.get(key)?.label ?? pair.label?.[language] ?? pair.label?.en ?? key;

const idOf = (one, prefix) => `${prefix}-${one.key}`;
const offered = (one, value) => one.choices.filter((choice) => !choice.retired || [value].flat().includes(choice.key));

function control(one, value, { id, change, describedBy }) {
  const name = `fields.${one.key}`;
  const common = { id, name };
  const on = change ?? nothing;
  if (one.kind === "choice" || one.kind === "yes_no") {
    const options = one.kind === "choice" ? offered(one, value).map((choice) => [choice.key, choice.label]) : [["true", t("Yes")], ["false", t("No")]];
    const chosen = String(value ?? "");
    return html`<select class="form-select" id=${id} name=${name} aria-describedby=${describedBy} @change=${on}><option value="" ?selected=${chosen === ""}>–</option>
      ${options.map(([key, label]) => html`<option value=${key} ?selected=${key === chosen}>${label}</option>`)}</select>`;
  }
  if (one.kind === "reference") return reference(one, value, common, on, describedBy);
  if (one.kind === "text" && one.lines) {
    return html`<textarea class="form-control" id=${id} name=${name} rows="3" maxlength="5000" aria-describedby=${describedBy} .value=${value ?? ""} @change=${on}></textarea>`;
  }
  const type = { number: "number", date: "date" }[one.kind] ?? "text";
  const step = one.kind === "number" ? String(10 ** -(one.decimals ?? 0)) : nothing;
  const input = html`<input class="form-control" id=${id} name=${name} type=${type} .value=${String(value ?? "")} step=${step} min=${one.min ?? nothing} max=${one.max ?? nothing}
    maxlength=${type === "text" ? 5000 : nothing} autocomplete="off" aria-describedby=${describedBy} @change=${on}>`;
  return one.unit ? html`<span class="input-group">${input}<span class="input-group-text">${one.unit}</span></span>` : input;
}

/** Colleagues are chosen, everything else is found by typing: the hidden input holds the id. */
function reference(one, value, { id, name }, on, describedBy) {
  if (one.to === "person") {
    return html`<select class="form-select" id=${id} name=${name} data-type="number" aria-describedby=${describedBy} @change=${on}><option value="" ?selected=${!value}>–</option>
      ${(pageData.people ?? []).map((person) => html`<option value=${person.id} ?selected=${person.id === value}>${person.name}</option>`)}</select>`;
  }
  const find = async (event) => {
    const text = event.target.value.trim();
    const list = event.target.parentElement.querySelector("datalist");
    const { items } = await api.get(`/api/v1/tickets/condition-fields/fields.${one.key}/options`, { text }).catch(() => ({ items: [] }));
    list.replaceChildren(...items.map((item) => Object.assign(document.createElement("option"), { value: item.label, textContent: String(item.value) })));
  };
  const choose = (event) => {
    const hidden = event.target.parentElement.querySelector("input[type=hidden]");
    const option = [...event.target.parentElement.querySelectorAll("option")].find((each) => each.value === event.target.value);
    hidden.value = option?.textContent ?? "";
    if (event.target.value && !option) event.target.value = "";
    if (on !== nothing) on({ target: hidden });
  };
  return html`<span class="reference-input"><input class="form-control" id=${id} type="search" list="${id}-found" autocomplete="off" placeholder=${t("Type to find")} aria-describedby=${describedBy}
      .value=${value ? (pageData.reference_names?.[one.key] ?? `#${value}`) : ""} @input=${find} @change=${choose}><datalist id="${id}-found"></datalist><input type="hidden" name=${name} data-type="number" .value=${String(value ?? "")}></span>`;
}

/** A field of a form: label, input, help. `required` marks it; `change` is told of it. */
export function fieldInput(one, value, { prefix = "own", required = false, change } = {}) {
  const id = idOf(one, prefix);
  const describedBy = one.help ? `${id}-help` : nothing;
  const help = one.help ? html`<div class="form-hint" id="${id}-help">${one.help}</div>` : nothing;
  const label = html`${one.label}${required ? html`<span class="soft"> ${t("(required)")}</span>` : nothing}`;
  if (one.kind === "choices") {
    const chosen = value ?? [];
    return html`<fieldset class="field" aria-describedby=${describedBy}><legend class="form-label">${label}</legend><div class="row-of wrap">${offered(one, chosen).map(
      (choice) => html`<label class="form-check"><input class="form-check-input" type="checkbox" data-list name="fields.${one.key}" value=${choice.key} .checked=${chosen.includes(choice.key)} @change=${change ?? nothing}><span class="form-check-label">${choice.label}</span></label>`,
    )}</div>${help}</fieldset>`;
  }
  return html`<div class="field"><label class="form-label" for=${id}>${label}</label>${control(one, value, { id, change, describedBy })}${help}</div>`;
}

/** What form.js read below `fields`, as the API takes it. */
export function asValues(given = {}) {
  return Object.fromEntries(Object.entries(given).map(([key, value]) => [key, asValue(byKey.get(key), value)]));
}

/** One value as the API takes it; null for nothing. */
export function asValue(one, value) {
  if (!FILLED(value)) return null;
  if (one?.kind === "yes_no") return value === true || value === "true";
  return one?.kind === "number" || one?.kind === "reference" ? Number(value) : value;
}
