// <condition-editor>: the one editor of conditions on tickets, for views, rules, assignment and required fields.
//
//   html`<condition-editor .value=${stored} .problems=${problems} @change=${(event) => keep(event.detail.value)}></condition-editor>`
//
//   value      {match: "all" | "any", items: […]} as the server keeps it; {} or null: none yet
//   problems   [{path, message}] of a refused save (ApiError.details.problems): shown beside their lines
//   impersonal (attribute) nobody asks: "me" is not offered
//   complete   every line says all that it has to
//   change     event with detail {value, complete}; `value` is a new object each time
import { html, icon, nothing, render } from "../core/html.js";
import { t } from "../core/i18n.js";
import { problem as failed, skeleton } from "../core/parts.js";
import { conditionFields, itemComplete, learnNames, leaves, operatorWord } from "./condition-words.js";
import { freshValue, valueInput } from "./condition-values.js";

const LEVELS = 3;
const ITEMS = 30;
const NONE = { match: "all", items: [] };
let made = 0;

class ConditionEditor extends HTMLElement {
  #value = NONE;
  #problems = [];
  #fields = null;
  #error = null;
  #id = `conditions-${(made += 1)}`;

  constructor() {
    super();
    // What its inputs say of themselves is not what it says: only whole conditions leave it.
    this.addEventListener("change", (event) => event.target !== this && event.stopImmediatePropagation());
  }

  get value() {
    return this.#value;
  }

  set value(stored) {
    const next = stored?.items ? stored : NONE;
    if (next === this.#value) return;
    this.#value = next;
    this.#learn();
    this.#draw();
  }

  set problems(found) {
    this.#problems = found ?? [];
    this.#draw();
  }

  get complete() {
    return this.#fields !== null && [...leaves(this.#value)].every((item) => itemComplete(item, this.#fields));
  }

  connectedCallback() {
    if (!this.#fields) this.#load();
    this.#draw();
  }

  async #load() {
    this.#error = null;
    try {
      this.#fields = await conditionFields();
      this.#learn();
    } catch (error) {
      this.#error = error;
    }
    this.#draw();
  }

  async #learn() {
    if (this.#fields && (await learnNames(this.#value, this.#fields).catch(() => false))) this.#draw();
  }

  /** A new value with what stands at `path` replaced by `make(old)`; undefined takes it out. */
  #put(path, make) {
    const within = (group, [place, ...rest]) => {
      if (place === undefined) return make(group);
      const next = within(group.items[place], rest);
      return { ...group, items: next === undefined ? group.items.toSpliced(place, 1) : group.items.with(place, next) };
    };
    this.#value = within(this.#value, path);
    this.#problems = [];
    this.#draw();
    this.dispatchEvent(new CustomEvent("change", { bubbles: true, detail: { value: this.#value, complete: this.complete } }));
  }

  async #add(path, item) {
    const group = path.reduce((found, place) => found.items[place], this.#value);
    this.#put(path, (old) => ({ ...old, items: [...old.items, item] }));
    this.querySelector(`[data-path="${[...path, group.items.length].join(".")}"] select`)?.focus();
  }

  #remove(path) {
    this.#put(path, () => undefined);
    (this.querySelector(`[data-path="${path.join(".")}"] select`) ?? this.querySelector(`[data-add="${path.slice(0, -1).join(".")}"]`))?.focus();
  }

  #fresh() {
    const field = this.#fields.get("status") ?? this.#fields.values().next().value;
    return { field: field.name, op: field.operators[0], value: freshValue(field, field.operators[0]) };
  }

  #chooseField(path, name) {
    const field = this.#fields.get(name);
    this.#put(path, () => item(field, field.operators[0], undefined));
  }

  #draw() {
    if (!this.isConnected) return;
    if (this.#error) render(failed(this.#error, () => this.#load()), this);
    else if (!this.#fields) render(skeleton(2), this);
    else render(this.#group(this.#value, []), this);
  }

  #group(group, path) {
    const any = group.match === "any";
    const word = any ? t("or") : t("and");
    const full = [...leaves(this.#value)].length >= ITEMS;
    return html`<div class="condition-group" role="group" aria-label=${path.length ? t("Group of conditions") : t("Conditions")}>
      ${group.items.length > 1 || path.length
        ? html`<div class="row-of wrap condition-match">
            <select class="form-select" aria-label=${t("How many must hold")} @change=${(event) => this.#put(path, (old) => ({ ...old, match: event.target.value }))}>
              <option value="all" ?selected=${!any}>${t("All of these hold")}</option><option value="any" ?selected=${any}>${t("Any of these holds")}</option>
            </select>
            ${path.length ? this.#removeButton(path, t("Remove the group")) : nothing}
          </div>`
        : nothing}
      ${group.items.map((one, place) => html`<div class="condition-line" data-path=${[...path, place].join(".")}>
          <span class="condition-joint tiny soft" aria-hidden="true">${place ? word : ""}</span>
          ${one.items ? this.#group(one, [...path, place]) : this.#item(one, [...path, place])}
        </div>`)}
      <div class="row-of wrap condition-add">
        <button type="button" class="btn btn-sm" data-add=${path.join(".")} ?disabled=${full} @click=${() => this.#add(path, this.#fresh())}>${icon("plus")}${t("Condition")}</button>
        ${path.length < LEVELS - 1 ? html`<button type="button" class="btn btn-sm btn-quiet" ?disabled=${full} @click=${() => this.#add(path, { match: any ? "all" : "any", items: [this.#fresh()] })}>${icon("plus")}${t("Group")}</button>` : nothing}
        ${full ? html`<span class="small soft">${t("At most %(count)s conditions.", { count: ITEMS })}</span>` : nothing}
      </div>
    </div>`;
  }

  #removeButton(path, label) {
    return html`<button type="button" class="btn btn-quiet btn-icon btn-sm" aria-label=${label} title=${label} @click=${() => this.#remove(path)}>${icon("x")}</button>`;
  }

  #item(one, path) {
    const field = this.#fields.get(one.field);
    const told = this.#problems.find((found) => found.path.join(".") === path.join("."))?.message;
    const wrong = told ?? (field ? "" : t("There is no field “%(field)s” any more: choose another or remove this line.", { field: one.field }));
    const id = `${this.#id}-${path.join("-")}`;
    return html`<div class="grow stack tight">
      <div class="row-of wrap condition-item">
        <select class="form-select condition-field" aria-label=${t("Field")} aria-invalid=${wrong ? "true" : nothing} aria-describedby=${wrong ? `${id}-wrong` : nothing} @change=${(event) => this.#chooseField(path, event.target.value)}>
          ${field ? nothing : html`<option value="" selected disabled>${t("%(value)s (removed)", { value: one.field })}</option>`}
          ${[...this.#fields.values()].map((other) => html`<option value=${other.name} ?selected=${other.name === one.field}>${other.label}</option>`)}
        </select>
        ${field ? this.#question(field, one, path, id) : nothing}
        ${this.#removeButton(path, t("Remove the condition on %(field)s", { field: field?.label ?? one.field }))}
      </div>
      ${wrong ? html`<div class="invalid-feedback d-block" role="alert" id="${id}-wrong">${wrong}</div>` : nothing}
    </div>`;
  }

  #question(field, one, path, id) {
    const single = field.operators.length === 1;
    const known = field.operators.includes(one.op);
    return html`${single && known
        ? html`<span class="small">${operatorWord(one.op)}</span>`
        : html`<select class="form-select condition-op" aria-label=${t("Comparison")} @change=${(event) => this.#put(path, (old) => item(field, event.target.value, old.value))}>
            ${known ? nothing : html`<option value="" selected disabled>${one.op}</option>`}
            ${field.operators.map((op) => html`<option value=${op} ?selected=${op === one.op}>${operatorWord(op)}</option>`)}
          </select>`}
      ${known ? valueInput({ field, item: one, id, label: t("Value"), personal: !this.hasAttribute("impersonal"), change: (value) => this.#put(path, (old) => ({ ...old, value })) }) : nothing}`;
  }
}

/** A line with a value that fits; without one where the operator takes none. */
function item(field, op, before) {
  const value = freshValue(field, op, before);
  return value === undefined ? { field: field.name, op } : { field: field.name, op, value };
}

customElements.define("condition-editor", ConditionEditor);
