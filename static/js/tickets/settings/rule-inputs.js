// The inputs of triggers and actions, drawn by what the server says of them.
import { html, ifDefined, nothing } from "../../core/html.js";
import { t } from "../../core/i18n.js";

const LANGUAGES = { en: "English", zh_Hans: "简体中文", zh_Hant: "繁體中文" };
export const splitTags = (text) => text.split(",").map((tag) => tag.trim()).filter(Boolean);

const labelled = (id, input, inside) =>
  html`<div class="field"><label class="form-label" for=${id}>${input.label}</label>${inside}</div>`;

function choice({ id, input, value, change }) {
  const known = input.choices.some((one) => one.value === value);
  const chosen = (event) => change(event.target.value === "" ? undefined : input.choices[event.target.selectedIndex - 1].value);
  return labelled(id, input, html`<select class="form-select" id=${id} @change=${chosen}>
    <option value="" ?selected=${!known}>${value !== undefined && !known ? t("something that is gone") : input.required ? t("choose …") : t("any")}</option>
    ${input.choices.map((one) => html`<option value=${String(one.value)} ?selected=${one.value === value}>${one.label}</option>`)}</select>`);
}

function choices({ input, value = [], change }) {
  const toggle = (one) => change(value.includes(one) ? value.filter((other) => other !== one) : [...value, one]);
  const gone = value.filter((one) => !input.choices.some((other) => other.value === one));
  return html`<fieldset class="rule-choices"><legend class="form-label">${input.label}</legend>
    ${input.choices.map((one) => html`<button type="button" class="chip chip-choice" aria-pressed=${String(value.includes(one.value))} @click=${() => toggle(one.value)}>${one.label}</button>`)}
    ${gone.map((one) => html`<button type="button" class="chip chip-choice" aria-pressed="true" @click=${() => toggle(one)}>${t("something that is gone")}</button>`)}
    ${value.length || input.required ? nothing : html`<span class="tiny soft">${t("any")}</span>`}</fieldset>`;
}

const line = ({ id, input, value, change }, { type = "text", hint = "", read = (text) => text, write = (given) => given ?? "", ...more }) =>
  labelled(id, input, html`<input class="form-control" id=${id} type=${type} autocomplete="off" min=${ifDefined(more.min)} max=${ifDefined(more.max)} .value=${String(write(value))}
    aria-describedby=${hint ? `${id}-hint` : nothing} @change=${(event) => change(read(event.target.value))} />${hint ? html`<div class="form-hint" id="${id}-hint">${hint}</div>` : nothing}`);

const textarea = (id, value, change) =>
  html`<textarea class="form-control" id=${id} rows="3" .value=${value ?? ""} @input=${(event) => change(event.target.value)}></textarea>`;

const texts = ({ id, input, value = {}, change }) =>
  html`<fieldset class="stack tight"><legend class="form-label">${input.label}</legend>${Object.entries(LANGUAGES).map(
    ([language, label]) => html`<div class="field"><label class="form-label" for="${id}-${language}">${label}</label>${textarea(`${id}-${language}`, value[language], (text) => change({ ...value, [language]: text }))}</div>`,
  )}</fieldset>`;

const KINDS = {
  choice,
  choices,
  texts,
  text: (given) => labelled(given.id, given.input, textarea(given.id, given.value, given.change)),
  word: (given) => line(given, {}),
  tags: (given) => line(given, { hint: t("Separated by commas"), read: splitTags, write: (tags) => (tags ?? []).join(", ") }),
  number: (given) => line(given, { type: "number", min: 1, max: 1000, read: (text) => (text === "" ? undefined : Math.round(Number(text))) }),
};

/** All inputs that count beside the values: `change(name, value)`. `prefix` makes their ids unique. */
export function inputsPart(inputs, values, change, prefix) {
  const asked = inputs.filter(({ when }) => !when || when.values.includes(values[when.name]));
  const short = asked.filter(({ kind }) => ["choice", "number", "word", "tags"].includes(kind));
  const long = asked.filter((input) => !short.includes(input));
  const draw = (input) => KINDS[input.kind]({ id: `${prefix}-${input.name}`, input, value: values[input.name], change: (value) => change(input.name, value) });
  return html`${short.length ? html`<div class="fields">${short.map(draw)}</div>` : nothing}${long.map(draw)}`;
}

/** Whether one of the inputs takes a text with variables. */
export const takesText = (inputs) => inputs.some(({ kind }) => kind === "text" || kind === "texts");
