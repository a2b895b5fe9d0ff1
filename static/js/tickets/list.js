// The list of tickets: views at the side, conditions edited in place, any order and columns, everything changed or exported at once.
// The address holds the whole state.
import { api, pageData, withQuery } from "../core/api.js";
import { html, icon, nothing } from "../core/html.js";
import { formatNumber, t, tn } from "../core/i18n.js";
import { dataTable } from "../core/table.js";
import { toast } from "../core/toast.js";
import { bulkTools, changeMany } from "./bulk.js";
import "./condition-editor.js";
import { conditionFields, conditionsText, learnNames } from "./condition-words.js";
import { listColumns } from "./list-columns.js";
import { openViewDialog, removeView, saveView } from "./view-dialog.js";
import { viewList } from "./view-list.js";
import { orderOf, readFilters, sortWord, valueOf, withItem, writeFilters } from "./view-state.js";
import { PRIORITIES, priorityWord } from "./words.js";

const natural = new Set(pageData.columns.filter((column) => column.newest_first).map((column) => column.name));
let { views } = pageData;
let editing = false;
let fields = new Map();
let whole = false; // everything of the list is meant, not only what is picked
let total = null; // {count, more} of the list
let table = null; // is drawn while it is being made

const NOWHERE = { key: "", name: t("A view that is not there any more"), conditions: { match: "all", items: [] }, columns: null, sort: "due", problems: [], standard: true };
const viewOf = (key) => views.find((view) => view.key === key) ?? { ...NOWHERE, key };
const stateOf = (filters) => {
  const state = readFilters(filters);
  const view = viewOf(state.view);
  return { ...state, view, asked: state.conditions ?? view.conditions };
};
const defaultsOf = (view) => ({ sort: sortWord(view, natural), columns: view.columns ?? null });

table = dataTable(document.getElementById("tickets"), {
  id: "tickets",
  label: t("Tickets"),
  columns: listColumns(pageData.columns, () => new Set(table?.columns.map((column) => column.key))),
  defaults: (filters) => defaultsOf(stateOf(filters).view),
  columnsChosen: () => table.reload(),
  key: (row) => row.number,
  load: async ({ sort, after, filters }) => {
    const query = selection(filters, sort);
    if (!after) count(query);
    return api.get("/api/v1/tickets", { ...query, after: after || undefined, limit: 50 });
  },
  open: (row) => `/tickets/${row.number}`,
  tools: (shown) => tools(shown),
  beside: () => (pageData.may_export ? exportMenu() : nothing),
  actions: pageData.may_write ? (keys, shown) => bulk(keys, shown) : undefined,
  empty: { icon: "ticket", title: t("No tickets here"), text: t("Another view or filter may show some.") },
});
const side = viewList(document.getElementById("views"), {
  views,
  current: () => stateOf(table.state.filters).view.key,
  open: (key) => {
    editing = viewOf(key).problems.length > 0;
    table.show({ filters: writeFilters({ view: key, conditions: null, text: "" }) });
    side.draw();
  },
});
addEventListener("popstate", () => side.draw());

conditionFields().then(async (found) => {
  fields = found;
  table.draw();
  if (await learnNames(stateOf(table.state.filters).asked, fields)) table.draw();
});
editing = stateOf(table.state.filters).view.problems.length > 0;

/** The query of everything that the list shows. */
function selection(filters, sort) {
  const { view, conditions, text } = stateOf(filters);
  const order = orderOf(sort);
  const columns = table?.columns ?? pageData.columns.filter((column) => (view.columns ?? []).includes(column.name)).map((column) => ({ key: column.name }));
  return {
    view: view.key,
    conditions: conditions ? JSON.stringify(conditions) : undefined,
    text: text || undefined,
    sort: order.sort,
    order: order.descending ? "desc" : "asc",
    columns: columns.map((column) => column.key).join(","),
  };
}

async function count({ columns: _columns, sort: _sort, order: _order, ...query }) {
  total = null;
  const found = await api.get("/api/v1/tickets/count", query).catch(() => null);
  total = found;
  table?.draw();
}

function countText() {
  if (!total) return "";
  const plain = formatNumber(total.count);
  return tn("%(count)s ticket", "%(count)s tickets", total.count).replace(plain, total.more ? `${plain}+` : plain);
}

/** Show other conditions (null: the view's own) or words. */
function narrow(shown, changes) {
  const { view, conditions, text } = { ...stateOf(shown.state.filters), ...changes };
  const { sort, columns } = shown.state;
  whole = false;
  shown.show({ filters: writeFilters({ view: view.key, conditions, text }), sort, columns });
  if (conditions) learnNames(conditions, fields).then((learnt) => learnt && shown.draw());
}

/** What differs from the view as it is kept. */
function changed(shown) {
  const { view, conditions } = stateOf(shown.state.filters);
  const usual = defaultsOf(view);
  return Boolean(conditions) || shown.state.sort !== usual.sort || String(shown.state.columns) !== String(usual.columns);
}

function facts(shown) {
  const { sort, descending } = orderOf(shown.state.sort);
  return { conditions: stateOf(shown.state.filters).asked, columns: shown.columns.map((column) => column.key), sort, descending };
}

/** The views as the server has them now, one of them in sight. */
async function renewed(key, text = "") {
  ({ items: views } = await api.get("/api/v1/tickets/views"));
  editing = false;
  table.show({ filters: writeFilters({ view: key, conditions: null, text: stateOf(table.state.filters).text }) });
  side.set(views);
  if (text) toast(text);
}

async function keep(shown, view) {
  const saved = await saveView(view, facts(shown));
  if (saved) await renewed(view.key, t("Saved"));
}

function keepAs(shown) {
  openViewDialog({ facts: facts(shown), done: (made) => renewed(made.key, t("Saved")) });
}

function viewButtons(shown, view) {
  const differs = changed(shown);
  return html`${differs && view.may_change ? html`<button type="button" class="btn btn-sm btn-primary" @click=${() => keep(shown, view)}>${t("Save")}</button>` : nothing}
    ${differs ? html`<button type="button" class="btn btn-sm" @click=${() => keepAs(shown)}>${t("Save as…")}</button><button type="button" class="btn btn-sm btn-quiet" @click=${() => table.show({ filters: writeFilters({ view: view.key, conditions: null, text: "" }) })}>${t("Put back")}</button>` : nothing}
    ${view.may_change && !differs
      ? html`<button type="button" class="btn btn-sm btn-quiet btn-icon" aria-label=${t("Name and sharing")} title=${t("Name and sharing")} @click=${() => openViewDialog({ view, done: () => renewed(view.key) })}>${icon("pencil")}</button>
          <button type="button" class="btn btn-sm btn-quiet btn-icon" aria-label=${t("Remove the view")} title=${t("Remove the view")} @click=${() => removeView(view, (made) => renewed(made?.key ?? "open"))}>${icon("trash")}</button>`
      : nothing}`;
}

function tools(shown) {
  const { view, asked, conditions, text } = stateOf(shown.state.filters);
  const items = asked.items?.length ?? 0;
  const quick = (field, value) => narrow(shown, { conditions: withItem(asked, field, value) });
  return html`<div class="stack tight grow">
    <div class="row-of wrap"><h2 class="view-name">${view.name}</h2><span class="small soft" role="status">${countText()}</span>${viewButtons(shown, view)}</div>
    <div class="list-tools">
      <button type="button" class="btn" aria-expanded=${String(editing)} aria-controls="list-conditions" @click=${() => { editing = !editing; shown.draw(); }}>${icon("filter")}${t("Conditions")}${items ? html` <span class="count">${items}</span>` : nothing}</button>
      <select class="form-select" aria-label=${t("Queue")} @change=${(event) => quick("queue", event.target.value && Number(event.target.value))}>
        <option value="" ?selected=${valueOf(asked, "queue") === ""}>${t("All queues")}</option>${pageData.queues.map((queue) => html`<option value=${queue.id} ?selected=${queue.id === valueOf(asked, "queue")}>${queue.name}</option>`)}
      </select>
      <select class="form-select" aria-label=${t("Priority")} @change=${(event) => quick("priority", event.target.value)}>
        <option value="" ?selected=${valueOf(asked, "priority") === ""}>${t("Every priority")}</option>${PRIORITIES.map((key) => html`<option value=${key} ?selected=${key === valueOf(asked, "priority")}>${priorityWord(key)}</option>`)}
      </select>
      <input type="search" class="form-control" placeholder=${t("Words, number, serial")} aria-label=${t("Search in tickets")} .value=${text} @change=${(event) => narrow(shown, { text: event.target.value.trim() })}>
      ${!editing && items && fields.size ? html`<span class="small soft clip conditions-text" title=${conditionsText(asked, fields)}>${conditionsText(asked, fields)}</span>` : nothing}
    </div>
    <div id="list-conditions" ?hidden=${!editing}>${editing
      ? html`<condition-editor .value=${asked} .problems=${conditions ? [] : view.problems} @change=${(event) => event.detail.complete && narrow(shown, { conditions: event.detail.value })}></condition-editor>`
      : nothing}</div>
  </div>`;
}

function exportMenu() {
  const id = "export-menu";
  const address = (format) => withQuery("/api/v1/tickets/export", { ...selection(table?.state.filters ?? {}, table?.state.sort ?? "due"), format });
  const open = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const menu = document.getElementById(id);
    menu.style.top = `${box.bottom + 4}px`;
    menu.style.right = `${Math.max(8, innerWidth - box.right)}px`;
  };
  return html`<button type="button" class="btn btn-quiet btn-icon" popovertarget=${id} aria-label=${t("Export")} title=${t("Export")} @click=${open}>${icon("file-export")}</button>
    <div class="column-menu" id=${id} popover>${table ? ["csv", "xlsx"].map((format) => html`<a class="menu-line" download href=${address(format)}>${icon("download", { size: "small" })} ${format.toUpperCase()}</a>`) : nothing}</div>`;
}

function bulk(keys, shown) {
  if (keys.length < shown.rows.length) whole = false;
  const all = keys.length === shown.rows.length && shown.next && total;
  const which = whole ? { selection: withoutShape(selection(shown.state.filters, shown.state.sort)) } : { numbers: keys.map(Number) };
  const change = (changes) => {
    changeMany(which, changes, () => {
      whole = false;
      shown.clearSelection();
      shown.reload();
      side.recount();
    });
  };
  const wholeButton = html`<button type="button" class="btn btn-sm" aria-pressed=${String(whole)} @click=${() => { whole = !whole; shown.draw(); }}>${
    whole ? t("Everything of this list is meant: %(tickets)s", { tickets: countText() }) : t("All of this list: %(tickets)s", { tickets: countText() })
  }</button>`;
  return html`${all ? wholeButton : nothing}${bulkTools(change)}`;
}

function withoutShape({ columns: _columns, ...query }) {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}

export { table };
