// What may be used in place of a part, in order: added by name or number, moved up, taken off. `value` is as the API takes it.
import { html, icon, nothing, render } from "../core/html.js";
import { t } from "../core/i18n.js";
import { partField } from "./part-field.js";
import { partName } from "./words.js";

class PartAlternates extends HTMLElement {
  #lines = [];
  #own = null;

  set row(row) {
    if (this.drawn) return;
    this.drawn = true;
    this.#own = row?.id ?? null;
    this.#lines = [...(row?.alternates ?? [])];
    this.#draw();
  }

  get value() {
    return this.#lines.map(({ part_id }) => ({ part_id }));
  }

  #change(lines) {
    this.#lines = lines;
    this.#draw();
  }

  #add(part) {
    if (part.id !== this.#own && !this.#lines.some((line) => line.part_id === part.id)) this.#change([...this.#lines, { part_id: part.id, name: partName(part), sku: part.sku }]);
  }

  #draw() {
    const without = (line) => this.#lines.filter((one) => one !== line);
    const up = (line) => {
      const others = without(line);
      others.splice(this.#lines.indexOf(line) - 1, 0, line);
      this.#change(others);
    };
    render(
      html`<fieldset class="stack tight"><legend class="form-label">${t("May be replaced by")}</legend>
        <p class="form-hint">${t("When the part is not there, the first of these that is there is promised and taken along. Not the other way round.")}</p>
        ${this.#lines.map((line, index) => html`<div class="row-of"><span class="grow">${index + 1}. ${line.name} <span class="soft small">${line.sku}</span></span>
          ${index ? html`<button type="button" class="btn btn-sm btn-quiet btn-icon" aria-label=${t("Move %(name)s up", { name: line.name })} @click=${() => up(line)}>${icon("arrow-up", { size: "small" })}</button>` : nothing}
          <button type="button" class="btn btn-sm btn-quiet btn-icon" aria-label=${t("Remove %(name)s", { name: line.name })} @click=${() => this.#change(without(line))}>${icon("x", { size: "small" })}</button></div>`)}
        ${partField({ name: "unsent_part", label: t("Add a part"), chosen: (part) => this.#add(part) })}
      </fieldset>`,
      this,
    );
  }
}
customElements.define("part-alternates", PartAlternates);
