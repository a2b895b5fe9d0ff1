// Choosing a part: type some of its name or number, pick one. Holds the part's id in a hidden input of the form.
import { ApiError, api } from "../core/api.js";
import { html, nothing, render } from "../core/html.js";
import { t } from "../core/i18n.js";
import { partName } from "./words.js";

/** A template for a form; `name` is the hidden input's. `chosen(part)` is called as well. */
export const partField = ({ name, label, chosen = () => {} }) => html`<part-field .options=${{ name, label, chosen }}></part-field>`;

let serial = 0;

class PartField extends HTMLElement {
  #options = null;
  #found = [];
  #part = null;
  #text = "";
  #at = 0;
  #timer = 0;

  set options(value) {
    if (!this.#options) {
      serial += 1;
      this.listId = `part-field-${serial}`;
    }
    this.#options = value;
    this.#draw();
  }

  #typed(event) {
    this.#text = event.target.value;
    this.#part = null;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#find(), 180);
    this.#draw();
  }

  async #find() {
    const asked = this.#text;
    try {
      const { items } = await api.get("/api/v1/parts", { text: asked, active: true, limit: 8 });
      if (asked !== this.#text) return;
      [this.#found, this.#at] = [items, 0];
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#found = [];
    }
    this.#draw();
  }

  #choose(part) {
    this.#part = part;
    this.#text = `${partName(part)} (${part.sku})`;
    this.#found = [];
    this.#options.chosen(part);
    this.#draw();
  }

  #key(event) {
    if (!this.#found.length) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      this.#at = (this.#at + (event.key === "ArrowDown" ? 1 : -1) + this.#found.length) % this.#found.length;
      this.#draw();
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#choose(this.#found[this.#at]);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.#found = [];
      this.#draw();
    }
  }

  #draw() {
    const { name, label } = this.#options;
    const id = this.listId;
    render(
      html`<div class="field part-field">
        <label class="form-label" for="${id}-text">${label}</label>
        <input class="form-control" id="${id}-text" type="text" role="combobox" autocomplete="off" placeholder=${t("Name or number")} aria-expanded=${String(this.#found.length > 0)} aria-controls=${id}
          aria-activedescendant=${this.#found.length ? `${id}-${this.#at}` : nothing} .value=${this.#text} @input=${(event) => this.#typed(event)} @focus=${() => this.#text || this.#find()} @keydown=${(event) => this.#key(event)} @blur=${() => setTimeout(() => { this.#found = []; this.#draw(); }, 150)} />
        <input type="text" hidden name=${name} data-empty="null" .value=${this.#part ? String(this.#part.id) : ""} />
        <ul class="part-choices" id=${id} role="listbox" ?hidden=${!this.#found.length}>${this.#found.map((part, index) => html`<li id="${id}-${index}" role="option" aria-selected=${String(index === this.#at)} @pointerdown=${(event) => { event.preventDefault(); this.#choose(part); }}>${partName(part)} <span class="soft small">${part.sku}</span></li>`)}</ul>
      </div>`,
      this,
    );
  }
}

if (!customElements.get("part-field")) customElements.define("part-field", PartField);
