// The product's table: sorting, a column chooser, keyboard rows, selection with bulk actions, more rows at the end, state in the address.
import { ApiError } from "./api.js";
import { classMap, html, icon, nothing, render, repeat } from "./html.js";
import { t, tn } from "./i18n.js";
import { empty, holdBar, problem, skeleton } from "./parts.js";
import { addressOf, readState, writeState } from "./table-state.js";

/**
 * dataTable(element, {
 *   id, label,                     name of the table (its column choice is remembered by it) and what a screen reader calls it
 *   columns: [{key, label, cell(row), sort (true or the API's word), number, hidden (not shown at first), fixed (cannot be hidden)}],
 *   key(row),                      the row's identity
 *   load({sort, after, filters}),  → {items, next} (a promise); sort is "due_at" or "-due_at"
 *   open(row),                     address of the row's page
 *   actions(keys, table),          template of the bulk bar; given: rows can be selected
 *   tools(table),                  template at the left above the table (filters); given: columns can be chosen
 *   empty: {icon, title, text, action}, sort: the first order,
 *   defaults(filters)              → {sort, columns (in their order)} that hold for these filters; only what differs stands in the address
 *   beside(table)                  template at the right above the table, before the column chooser
 * })
 * Returns {reload(), show({filters, sort, columns}), setFilters(filters), upsert(row), remove(key), selected(), clearSelection(), rows, state}.
 */
export function dataTable(element, options) {
  return new DataTable(element, options);
}

class DataTable {
  constructor(element, options) {
    this.element = element;
    element.replaceChildren(); // what the server drew until now
    this.options = options;
    this.rows = [];
    this.next = null;
    this.status = "loading";
    this.error = null;
    this.chosen = new Set();
    this.tinted = new Set();
    this.waiting = new Set();
    this.at = 0;
    this.asked = 0;
    this.#read();
    addEventListener("popstate", () => {
      this.#read();
      this.reload();
    });
    this.reload();
  }

  #read() {
    this.state = readState();
    this.state.sort ||= this.#defaults().sort;
    this.state.columns ??= this.#defaults().columns;
  }

  #defaults() {
    return this.options.defaults?.(this.state.filters) ?? { sort: this.options.sort ?? "", columns: this.#remembered() };
  }

  #remembered() {
    return localStorage.getItem(`columns:${this.options.id}`)?.split(",") ?? null;
  }

  get columns() {
    const chosen = this.state.columns;
    if (!chosen) return this.options.columns.filter((column) => column.fixed || !column.hidden);
    const missing = this.options.columns.filter((column) => column.fixed && !chosen.includes(column.key));
    return [...missing, ...chosen.map((key) => this.options.columns.find((column) => column.key === key)).filter(Boolean)];
  }

  /** Load from the beginning. */
  async reload() {
    this.asked += 1;
    const asked = this.asked;
    this.status = this.rows.length ? "refreshing" : "loading";
    this.draw();
    await this.#fetch(asked, null);
  }

  async more() {
    if (!this.next || this.status !== "ready") return;
    this.asked += 1;
    this.status = "more";
    this.draw();
    await this.#fetch(this.asked, this.next);
  }

  async #fetch(asked, after) {
    try {
      const { items, next = null } = await this.options.load({ sort: this.state.sort, after, filters: this.state.filters });
      if (asked !== this.asked) return;
      this.rows = after ? [...this.rows, ...items] : items;
      this.next = next;
      this.status = "ready";
      if (!after) this.waiting.clear();
      const keys = new Set(this.rows.map((row) => this.options.key(row)));
      for (const key of this.chosen) if (!keys.has(key)) this.chosen.delete(key);
    } catch (error) {
      if (asked !== this.asked) return;
      if (!(error instanceof ApiError)) throw error;
      [this.status, this.error] = ["failed", error];
    }
    this.draw();
  }

  /** Another list altogether: what is not given is as usual. */
  show({ filters, sort = "", columns = null }) {
    this.state = { filters, sort, columns };
    this.state.sort ||= this.#defaults().sort;
    this.state.columns ??= this.#defaults().columns;
    this.rows = [];
    this.chosen.clear();
    this.#write(true);
    return this.reload();
  }

  setFilters(filters, { step = true } = {}) {
    this.state.filters = { ...this.state.filters, ...filters };
    this.#write(step);
    return this.reload();
  }

  #write(step) {
    const { sort, columns } = this.options.defaults ? this.#defaults() : {};
    const same = String(this.state.columns) === String(columns);
    writeState({ ...this.state, sort: this.state.sort === sort ? "" : this.state.sort, columns: same ? null : this.state.columns }, { step });
  }

  sortBy(column) {
    const word = column.sort === true ? column.key : column.sort;
    const back = word.startsWith("-") ? word.slice(1) : `-${word}`;
    this.state.sort = this.state.sort === word ? back : word;
    this.#write(true);
    return this.reload();
  }

  /** A changed row: replaced in its place and tinted; one not shown yet waits behind "1 new". */
  upsert(row) {
    const key = this.options.key(row);
    const index = this.rows.findIndex((other) => this.options.key(other) === key);
    if (index < 0) this.waiting.add(key);
    else {
      this.rows[index] = row;
      this.tinted.add(String(key));
    }
    this.draw();
  }

  remove(key) {
    this.waiting.delete(key);
    this.chosen.delete(key);
    this.rows = this.rows.filter((row) => this.options.key(row) !== key);
    this.draw();
  }

  selected() {
    return [...this.chosen];
  }

  clearSelection() {
    this.chosen.clear();
    this.draw();
  }

  toggle(key, on = !this.chosen.has(key)) {
    if (on) this.chosen.add(key);
    else this.chosen.delete(key);
    this.draw();
  }

  chooseColumn(column, on) {
    const shown = new Set(this.columns.map((one) => one.key));
    if (on) shown.add(column.key);
    else shown.delete(column.key);
    return this.#useColumns(this.options.defaults ? [...shown] : this.options.columns.filter((one) => shown.has(one.key)).map((one) => one.key));
  }

  /** One place further to the front. */
  moveColumn(column) {
    const keys = this.columns.map((one) => one.key);
    const at = keys.indexOf(column.key);
    this.#useColumns(keys.toSpliced(at, 1).toSpliced(at - 1, 0, column.key));
  }

  #useColumns(keys) {
    this.state.columns = keys;
    if (!this.options.defaults) localStorage.setItem(`columns:${this.options.id}`, keys.join(","));
    this.#write(false);
    this.draw();
    return this.options.columnsChosen?.();
  }

  #keydown(event) {
    const row = event.target.closest?.("tr[data-row]");
    if (!row || event.target !== row || event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: 10, PageUp: -10, Home: -this.rows.length, End: this.rows.length };
    if (event.key in steps) {
      event.preventDefault();
      this.#focus(Math.max(0, Math.min(this.rows.length - 1, Number(row.dataset.row) + steps[event.key])));
    } else if (event.key === "Enter" && this.options.open) {
      event.preventDefault();
      location.assign(this.options.open(this.rows[row.dataset.row]));
    } else if ((event.key === "x" || event.key === " ") && this.options.actions) {
      event.preventDefault();
      this.toggle(this.options.key(this.rows[row.dataset.row]));
    } else return;
    event.stopPropagation();
  }

  #focus(index) {
    this.at = index;
    this.draw();
    this.element.querySelector(`tr[data-row="${index}"]`)?.focus();
    if (index >= this.rows.length - 3) this.more();
  }

  #clicked(event, row) {
    if (!this.options.open || event.target.closest("a, button, input, label, select, clock-chip") || getSelection()?.toString()) return;
    const address = this.options.open(row);
    if (event.ctrlKey || event.metaKey) window.open(address, "_blank");
    else location.assign(address);
  }

  #head(column) {
    const word = column.sort === true ? column.key : column.sort;
    const plain = String(word).replace(/^-/, "");
    const order = !word ? nothing : this.state.sort === plain ? "ascending" : this.state.sort === `-${plain}` ? "descending" : "none";
    const sign = order === "ascending" ? "arrow-up" : order === "descending" ? "arrow-down" : "arrows-sort";
    return html`<th scope="col" class=${column.number ? "number" : nothing} aria-sort=${order}>
      ${word ? html`<button type="button" @click=${() => this.sortBy(column)}>${column.label}${icon(sign, { size: "small" })}</button>` : column.label}
    </th>`;
  }

  #row(row, index) {
    const { key, open, actions } = this.options;
    const id = key(row);
    const cell = (column, place) => {
      const inside = column.cell(row);
      return html`<td class=${column.number ? "number" : nothing} data-column=${column.key} data-label=${column.number ? column.label : nothing}>${place === 0 && open ? html`<a class="row-link" tabindex="-1" href=${open(row)}>${inside}</a>` : inside}</td>`;
    };
    return html`<tr data-row=${index} data-item=${id} tabindex=${index === this.at ? 0 : -1} aria-selected=${actions ? String(this.chosen.has(id)) : nothing}
      @click=${(event) => this.#clicked(event, row)} @focus=${() => (this.at = index)}>
      ${actions ? html`<td class="select-cell"><input class="form-check-input" type="checkbox" tabindex="-1" aria-label=${t("Select")} .checked=${this.chosen.has(id)} @change=${(event) => this.toggle(id, event.target.checked)} /></td>` : nothing}
      ${this.columns.map(cell)}
    </tr>`;
  }

  #columnMenu() {
    const id = `columns-${this.options.id}`;
    const open = (event) => {
      const box = event.currentTarget.getBoundingClientRect();
      const menu = document.getElementById(id);
      menu.style.top = `${box.bottom + 4}px`;
      menu.style.right = `${Math.max(8, innerWidth - box.right)}px`;
    };
    return html`<button type="button" class="btn btn-quiet btn-icon" popovertarget=${id} aria-label=${t("Choose columns")} title=${t("Choose columns")} @click=${open}>${icon("columns")}</button>
      <div class="column-menu" id=${id} popover>
        ${repeat(
          this.#columnLines(),
          ([column]) => column.key,
          ([column, first]) => html`<div class="row-of"><label class="grow"><input class="form-check-input" type="checkbox" ?disabled=${column.fixed} .checked=${this.columns.includes(column)} @change=${(event) => this.chooseColumn(column, event.target.checked)} />${column.label}</label>
            ${this.options.defaults && this.columns.includes(column) && !column.fixed && !first ? html`<button type="button" class="btn btn-quiet btn-icon btn-sm" aria-label=${t("Move %(name)s to the front by one", { name: column.label })} @click=${() => this.moveColumn(column)}>${icon("arrow-up")}</button>` : nothing}</div>`,
        )}
      </div>`;
  }

  /** [column, whether it cannot go further to the front]: those shown in their order, then the others. */
  #columnLines() {
    const ordered = this.options.defaults ? [...this.columns, ...this.options.columns.filter((one) => !this.columns.includes(one))] : this.options.columns;
    return ordered.map((column, place) => [column, place === 0 || ordered[place - 1].fixed]);
  }

  #body() {
    const { label, actions, empty: none = { title: t("Nothing here") } } = this.options;
    if (this.status === "loading") return skeleton(8);
    if (this.status === "failed" && !this.rows.length) return problem(this.error, () => this.reload());
    if (!this.rows.length) return empty(none);
    const all = this.rows.every((row) => this.chosen.has(this.options.key(row)));
    const some = !all && this.chosen.size > 0;
    const chooseAll = (event) => {
      for (const row of this.rows) event.target.checked ? this.chosen.add(this.options.key(row)) : this.chosen.delete(this.options.key(row));
      this.draw();
    };
    return html`<table class="table table-dense" aria-label=${label} aria-busy=${this.status === "ready" ? "false" : "true"} @keydown=${(event) => this.#keydown(event)}>
        <thead><tr>
          ${actions ? html`<th class="select-cell"><input class="form-check-input" type="checkbox" aria-label=${t("Select all")} .checked=${all} .indeterminate=${some} @change=${chooseAll} /></th>` : nothing}
          ${this.columns.map((column) => this.#head(column))}
        </tr></thead>
        <tbody>${repeat(this.rows, this.options.key, (row, index) => this.#row(row, index))}</tbody>
      </table>
      ${this.next ? html`<div class="row-of more-rows"><button type="button" class="btn btn-quiet" @click=${() => this.more()}>${this.status === "more" ? t("Loading") : t("Show more")}</button></div>` : nothing}`;
  }

  draw() {
    const { tools, actions } = this.options;
    const framed = this.rows.length || this.status === "loading";
    render(
      html`${tools ? html`<div class="table-tools"><div class="row-of wrap grow">${tools(this)}</div>${this.options.beside?.(this) ?? nothing}${this.#columnMenu()}</div>` : nothing}
        <div class=${classMap({ "table-scroll": true, "table-waiting": !framed })}>
          ${this.waiting.size ? holdBar(tn("%(count)s new", "%(count)s new", this.waiting.size), () => this.reload()) : nothing}
          ${this.#body()}
          ${actions && this.chosen.size ? html`<div class="bulk-bar"><strong>${tn("%(count)s selected", "%(count)s selected", this.chosen.size)}</strong>${actions(this.selected(), this)}<button type="button" class="btn btn-sm btn-quiet" @click=${() => this.clearSelection()}>${t("Clear")}</button></div>` : nothing}
        </div>`,
      this.element,
    );
    for (const key of this.tinted) {
      const row = this.element.querySelector(`tr[data-item="${CSS.escape(key)}"]`);
      row?.classList.remove("changed");
      void row?.offsetWidth;
      row?.classList.add("changed");
    }
    this.tinted.clear();
  }
}

export { addressOf, readState, writeState };
