// The form of one custom field. What it asks follows the sort of field that was chosen.
import { html, icon, nothing } from "../../core/html.js";
import { language, t } from "../../core/i18n.js";
import { check, field, select } from "../../staff/fields.js";
import { kindWord, PRIORITIES, priorityWord } from "../words.js";

const LANGUAGES = { en: "English", zh_Hans: "简体中文", zh_Hant: "繁體中文" };
export const KIND_WORDS = {
  text: () => t("Text"),
  number: () => t("Number"),
  date: () => t("Date"),
  choice: () => t("One of several"),
  choices: () => t("Any of several"),
  yes_no: () => t("Yes or no"),
  reference: () => t("Reference"),
};
const TARGETS = { customer: () => t("a customer"), equipment: () => t("equipment"), person: () => t("a colleague"), ticket: () => t("a ticket") };
const REQUIRED = { never: () => t("never"), opening: () => t("when opening"), resolving: () => t("when resolving"), when: () => t("when another field says so") };
export const requiredWord = (key) => REQUIRED[key]();
const words = (from) => Object.entries(from).map(([value, word]) => ({ value, label: word() }));
const said = (texts) => texts?.[language] ?? texts?.en ?? Object.values(texts ?? {})[0] ?? "";

/** fieldForm(row or null, all rows, pageData) → { draw(update) the inputs, body(values) for the API }. */
export function fieldForm(row, rows, { ticket_kinds: ticketKinds }) {
  let kind = row?.kind ?? "text";
  let required = row?.required ?? "never";
  let when = row?.required_when ?? { field: "", op: "is", value: [] };
  let choices = structuredClone(row?.options?.choices ?? [{ labels: {} }, { labels: {} }]);
  const others = rows.filter((one) => one.id !== row?.id);

  const texts = (name, legend, value, hint) => html`<fieldset class="stack tight"><legend class="form-label">${legend}</legend>
    <div class="fields">${Object.entries(LANGUAGES).map(([key, label]) => field({ name: `${name}.${key}`, label, value: value?.[key] }))}</div>${hint ? html`<div class="form-hint">${hint}</div>` : nothing}</fieldset>`;

  function options(update) {
    const held = row?.options ?? {};
    if (kind === "number") {
      return html`<div class="fields">${field({ name: "options.unit", label: t("Unit"), value: held.unit })}${field({ name: "options.decimals", label: t("Decimals"), type: "number", min: 0, max: 6, value: held.decimals ?? 0 })}
        ${field({ name: "options.min", label: t("At least"), type: "number", step: "any", value: held.min })}${field({ name: "options.max", label: t("At most"), type: "number", step: "any", value: held.max })}</div>`;
    }
    if (kind === "reference") return select({ name: "options.to", label: t("Refers to"), value: held.to ?? "customer", options: words(TARGETS) });
    if (kind === "text") return check({ name: "options.lines", label: t("Several lines"), value: Boolean(held.lines) });
    return ["choice", "choices"].includes(kind) ? choiceLines(update) : nothing;
  }

  function choiceLines(update) {
    const put = (at, change) => {
      choices = choices.with(at, { ...choices[at], ...change });
      update();
    };
    return html`<fieldset class="stack tight"><legend class="form-label">${t("Choices")}</legend>
      ${choices.map((one, at) => html`<div class="choice-line">
        ${Object.entries(LANGUAGES).map(([key, label]) => html`<input class="form-control" aria-label=${t("Choice %(place)s in %(language)s", { place: at + 1, language: label })} placeholder=${label} maxlength="100" .value=${one.labels[key] ?? ""} ?disabled=${one.retired} @input=${(event) => { choices[at].labels[key] = event.target.value; }}>`)}
        ${one.key
          ? html`<span class="row-of"><button type="button" class="btn btn-quiet btn-sm" @click=${() => put(at, { retired: !one.retired })}>${one.retired ? t("Use again") : t("Retire")}</button>${removeChoice(at, update)}</span>`
          : removeChoice(at, update)}
      </div>`)}
      <button type="button" class="btn btn-sm" @click=${() => { choices = [...choices, { labels: {} }]; update(); }}>${icon("plus")}${t("Choice")}</button>
      <div class="form-hint">${t("Changing a text keeps the tickets that have it. A choice that tickets have cannot be removed, only retired.")}</div></fieldset>`;
  }

  const removeChoice = (at, update) => html`<button type="button" class="btn btn-quiet btn-icon btn-sm" aria-label=${t("Remove choice %(place)s", { place: at + 1 })} @click=${() => { choices = choices.toSpliced(at, 1); update(); }}>${icon("x")}</button>`;

  /** What the deciding field can be: [value, label]; none of a text or a number, which can only be filled in. */
  function decidingValues() {
    if (when.field === "priority") return PRIORITIES.map((key) => [key, priorityWord(key)]);
    const other = others.find((one) => one.key === when.field);
    if (other?.kind === "yes_no") return [[true, t("Yes")], [false, t("No")]];
    return (other?.options?.choices ?? []).map((one) => [one.key, said(one.labels)]);
  }

  function condition(update) {
    if (required !== "when") return nothing;
    const values = decidingValues();
    const set = (change) => {
      when = { ...when, ...change };
      update();
    };
    const toggle = (value) => set({ op: "is", value: when.value?.includes(value) ? when.value.filter((one) => one !== value) : [...(when.value ?? []), value] });
    const named = [{ value: "priority", label: t("Priority") }, ...others.map((one) => ({ value: one.key, label: one.label }))];
    return html`<div class="stack tight note">
      ${select({ name: "when_field", label: t("Required when"), value: when.field, none: t("Choose a field"), options: named, change: (event) => set({ field: event.target.value, op: "is", value: [] }) })}
      ${when.field && values.length ? html`<div class="row-of wrap" role="group" aria-label=${t("is one of")}><span class="small soft">${t("is one of")}</span>${values.map(([value, label]) => html`<button type="button" class="chip chip-choice" aria-pressed=${String(when.op === "is" && Boolean(when.value?.includes(value)))} @click=${() => toggle(value)}>${label}</button>`)}</div>` : nothing}
      ${when.field && when.field !== "priority" ? html`<label class="form-check"><input class="form-check-input" type="checkbox" .checked=${when.op === "filled"} @change=${(event) => set(event.target.checked ? { op: "filled", value: [] } : { op: "is" })}><span class="form-check-label">${t("is filled in, whatever it says")}</span></label>` : nothing}
    </div>`;
  }

  function draw(update) {
    const change = (put) => (event) => {
      put(event.target.value);
      update();
    };
    return html`
      ${texts("labels", t("Name"), row?.labels, t("At least one language; the others fall back to English."))}
      ${row ? nothing : select({ name: "kind", label: t("Sort"), value: kind, options: words(KIND_WORDS), change: change((value) => { kind = value; }) })}
      ${options(update)}
      ${texts("helps", t("Help below the field"), row?.helps)}
      <fieldset class="stack tight"><legend class="form-label">${t("For these kinds of tickets (none: all)")}</legend><div class="row-of wrap">${ticketKinds.map(
        (key) => html`<label class="form-check"><input class="form-check-input" type="checkbox" data-list name="ticket_kinds" value=${key} .checked=${row?.ticket_kinds.includes(key) ?? false}><span class="form-check-label">${kindWord(key)}</span></label>`,
      )}</div></fieldset>
      ${select({ name: "required", label: t("Required"), value: required, options: words(REQUIRED), change: change((value) => { required = value; }) })}
      ${condition(update)}
      ${kind === "reference" ? nothing : check({ name: "public", label: t("Customers see it, and fill it in on the help page"), value: row?.public ?? false })}`;
  }

  /** Empty texts and numbers are left out. */
  function body({ when_field: _field, options: given = {}, ...values }) {
    const found = ["choice", "choices"].includes(kind) ? { choices: choices.filter((one) => one.key || Object.values(one.labels).some(Boolean)) } : Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null && value !== "" && value !== false));
    const condition = required === "when" ? { field: when.field, op: when.op, ...(when.op === "is" ? { value: when.value ?? [] } : {}) } : null;
    return { ...values, options: found, required_when: condition };
  }

  return { draw, body };
}
