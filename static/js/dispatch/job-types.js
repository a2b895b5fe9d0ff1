// Settings: kinds of jobs with their minutes, skills, kit of parts and checklist.
import { ApiError, api, pageData } from "../core/api.js";
import { html, icon, nothing, render } from "../core/html.js";
import { formatNumber, t, tn } from "../core/i18n.js";
import { problem, skeleton } from "../core/parts.js";
import { area, check, field } from "../staff/fields.js";
import { major, minor } from "./money.js";
import { partField } from "./part-field.js";
import { settingsList } from "./settings-list.js";
import { partName } from "./words.js";

const lines = (text) => (text ?? "").split("\n").map((line) => line.trim()).filter(Boolean);
const chips = (items) => (items.length ? html`<span class="place-chips">${items.map((text) => html`<span class="chip">${text}</span>`)}</span>` : html`<span class="faint">–</span>`);

/** Skills and parts of one kind of job, edited in place; `value` has the lists as the API takes them. */
class NeedsEditor extends HTMLElement {
  #skills = [];
  #kit = [];

  set row(row) {
    if (this.drawn) return;
    this.drawn = true;
    this.#skills = (row?.skills ?? []).map((line) => ({ ...line }));
    this.#kit = (row?.kit ?? []).map((line) => ({ ...line }));
    this.#draw();
  }

  get value() {
    return {
      skills: this.#skills.map(({ id, level }) => ({ id, level })),
      kit: this.#kit.map(({ part_id, quantity }) => ({ part_id, quantity })),
    };
  }

  #draw() {
    const others = pageData.skills.filter((skill) => !this.#skills.some((line) => line.id === skill.id));
    const change = (deed) => {
      deed();
      this.#draw();
    };
    const remove = (list, line, name) => html`<button type="button" class="btn btn-sm btn-quiet btn-icon" aria-label=${t("Remove %(name)s", { name })} @click=${() => change(() => list.splice(list.indexOf(line), 1))}>${icon("x", { size: "small" })}</button>`;
    render(
      html`<fieldset class="stack tight"><legend class="form-label">${t("Skills the technician needs")}</legend>
          ${this.#skills.map((line) => html`<div class="row-of"><span class="grow">${line.name}</span><label class="row-of small">${t("at least level")}<select class="form-select level-choice" @change=${(event) => (line.level = Number(event.target.value))}>${[1, 2, 3, 4, 5].map((level) => html`<option value=${level} ?selected=${level === line.level}>${level}</option>`)}</select></label>${remove(this.#skills, line, line.name)}</div>`)}
          ${others.length ? html`<select class="form-select" aria-label=${t("Add a skill")} @change=${(event) => { const skill = others.find((one) => String(one.id) === event.target.value); event.target.value = ""; if (skill) change(() => this.#skills.push({ ...skill, level: 1 })); }}><option value="">${t("Add a skill")}</option>${others.map((skill) => html`<option value=${skill.id}>${skill.name}</option>`)}</select>` : nothing}
        </fieldset>
        <fieldset class="stack tight"><legend class="form-label">${t("Parts it takes")}</legend>
          ${this.#kit.map((line) => html`<div class="row-of"><span class="grow">${line.name} <span class="soft small">${line.sku}</span></span><input class="form-control count-input" type="number" min="1" max="1000" aria-label=${t("Quantity of %(name)s", { name: line.name })} .value=${String(line.quantity)} @change=${(event) => (line.quantity = Math.max(1, Number(event.target.value) || 1))} />${remove(this.#kit, line, line.name)}</div>`)}
          ${partField({ name: "unsent_part", label: t("Add a part"), chosen: (part) => change(() => this.#kit.some((line) => line.part_id === part.id) || this.#kit.push({ part_id: part.id, name: partName(part), sku: part.sku, quantity: 1 })) })}
        </fieldset>`,
      this,
    );
  }
}
customElements.define("needs-editor", NeedsEditor);

/** How long a kind of job took whom, beside its own minutes. */
class LearnedDurations extends HTMLElement {
  set row(row) {
    if (!row || this.asked) return;
    this.asked = true;
    this.#load(row);
  }

  async #load(row) {
    render(skeleton(2), this);
    try {
      this.#draw(await api.get(`/api/v1/job-types/${row.id}/durations`));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      render(problem(error, () => this.#load(row)), this);
    }
  }

  #draw({ planned_minutes: planned, learned, people }) {
    const line = (name, one) => html`<tr><td>${name}</td><td class="number">${t("%(minutes)s min", { minutes: formatNumber(one.minutes) })}</td><td class="number">${formatNumber(one.visits)}</td></tr>`;
    render(
      html`<fieldset class="stack tight"><legend class="form-label">${t("How long it took")}</legend>
        ${learned.visits
          ? html`<p class="small soft">${t("The median of finished visits, drawn towards the %(minutes)s minutes of the plan as long as there are few. Bookings still take the plan's.", { minutes: planned })}</p>
              <table class="table table-dense"><thead><tr><th>${t("Technician")}</th><th class="number">${t("To expect")}</th><th class="number">${t("Visits")}</th></tr></thead>
                <tbody>${line(t("Everybody"), learned)}${people.map((one) => line(one.name, one))}</tbody></table>`
          : html`<p class="small soft">${t("Nothing learned yet: at least five finished visits are needed.")}</p>`}
      </fieldset>`,
      this,
    );
  }
}
customElements.define("learned-durations", LearnedDurations);

const priceOf = (row, name) => (row?.[name] === null || row?.[name] === undefined ? "" : major(row[name], row.price_currency));
const amount = (value, currency) => (value === null || value === undefined || value === "" ? null : minor(value, currency));

settingsList(document.getElementById("list"), {
  id: "job-types",
  label: t("Job types"),
  path: "/api/v1/job-types",
  newTitle: t("New kind of job"),
  editTitle: (row) => row.name,
  columns: [
    { key: "name", label: t("Name"), fixed: true, cell: (row) => row.name },
    { key: "minutes", label: t("Minutes"), number: true, cell: (row) => formatNumber(row.minutes) },
    { key: "crew", label: t("Technicians"), number: true, cell: (row) => formatNumber(row.crew) },
    { key: "learned", label: t("By experience"), number: true, cell: (row) => (row.learned?.visits ? html`<span title=${tn("from %(count)s visit", "from %(count)s visits", row.learned.visits)}>${formatNumber(row.learned.minutes)}</span>` : html`<span class="faint">–</span>`) },
    { key: "skills", label: t("Skills"), cell: (row) => chips(row.skills.map((line) => `${line.name} ${line.level}`)) },
    { key: "kit", label: t("Parts"), cell: (row) => chips(row.kit.map((line) => `${line.quantity} × ${line.name}`)) },
    { key: "checklist", label: t("Checklist"), number: true, cell: (row) => formatNumber(row.checklist.length) },
    { key: "active", label: t("In use"), cell: (row) => (row.active ? t("yes") : html`<span class="soft">${t("no")}</span>`) },
  ],
  fields: (row) => html`<div class="fields">${field({ name: "name", label: t("Name"), value: row?.name, autofocus: true })}${row ? nothing : field({ name: "key", label: t("Key"), hint: t("Short and lasting, for rules and the API: boiler-service") })}${field({ name: "minutes", label: t("Minutes of work"), type: "number", value: row?.minutes ?? 60, min: 1, max: 720, step: 5, mode: "numeric" })}${field({ name: "crew", label: t("Technicians together"), type: "number", value: row?.crew ?? 1, min: 1, max: 6, mode: "numeric", hint: t("Each with all the skills; one of them brings the parts") })}</div>
    ${row ? html`<learned-durations .row=${row}></learned-durations>` : nothing}
    <needs-editor class="stack" .row=${row}></needs-editor>
    <div class="fields">${field({ name: "price", label: t("Fixed price"), type: "number", value: priceOf(row, "price"), min: 0, step: "any", mode: "decimal", hint: t("Empty: by the hour") })}${field({ name: "price_per_hour", label: t("Price of an hour"), type: "number", value: priceOf(row, "price_per_hour"), min: 0, step: "any", mode: "decimal", hint: t("Of each technician. Empty: the work is not charged") })}${field({ name: "price_currency", label: t("Currency"), value: row?.price_currency ?? "EUR" })}</div>
    ${area({ name: "checklist", label: t("Checklist"), value: row?.checklist.join("\n"), hint: t("One line for each thing to tick") })}
    ${field({ name: "equipment_kinds", label: t("For equipment of the kinds"), value: row?.equipment_kinds.join(", "), hint: t("Offered first for these; separated by commas") })}
    ${row ? check({ name: "active", label: t("In use"), value: row.active }) : nothing}`,
  body: ({ unsent_part: _unsent, ...values }) => ({
    ...values,
    price: amount(values.price, values.price_currency),
    price_per_hour: amount(values.price_per_hour, values.price_currency),
    ...document.querySelector("dialog needs-editor").value,
    checklist: lines(values.checklist),
    equipment_kinds: (values.equipment_kinds ?? "").split(",").map((kind) => kind.trim()).filter(Boolean),
  }),
  empty: { icon: "clipboard-list", title: t("No kinds of jobs yet"), text: t("A kind of job says how long it takes and what it needs: then visits can be suggested.") },
});
