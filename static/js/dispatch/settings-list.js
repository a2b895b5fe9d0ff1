// A list of settings that is edited in a dialog: kinds of jobs, parts, places. With paging and, where asked, a search field.
import { api } from "../core/api.js";
import { html, icon } from "../core/html.js";
import { t } from "../core/i18n.js";
import { dataTable } from "../core/table.js";
import { toast } from "../core/toast.js";
import { formDialog } from "../staff/form-dialog.js";

/**
 * settingsList(element, {id, label, path, query, columns, fields(row), body(values, row), newTitle, editTitle(row), search (label), size, empty}).
 * The button #new opens the dialog for a new one.
 */
export function settingsList(element, { id, label, path, query = {}, columns, fields, body = (values) => values, newTitle, editTitle, search = "", size = "", empty }) {
  const edit = (row = null) =>
    formDialog({
      title: row ? editTitle(row) : newTitle,
      size,
      content: fields(row),
      method: row ? "patch" : "post",
      path: row ? `${path}/${row.id}` : path,
      body: (values) => body(values, row),
      done: () => {
        toast(t("Saved."));
        table.reload();
      },
    });
  const [first, ...others] = columns;
  const named = { ...first, cell: (row) => html`<button type="button" class="link-button" @click=${() => edit(row)}>${first.cell(row)}</button>` };
  element.replaceChildren(); // the server drew what is shown until this script runs
  const table = dataTable(element, {
    id,
    label,
    columns: [named, ...others],
    key: (row) => row.id,
    load: ({ after, filters }) => api.get(path, { ...query, after, text: filters.text }),
    tools: search ? (found) => html`<input class="form-control table-search" type="search" placeholder=${search} aria-label=${search} .value=${found.state.filters.text ?? ""} @change=${(event) => found.setFilters({ text: event.target.value })} />` : undefined,
    empty: { ...empty, action: html`<button type="button" class="btn" @click=${() => edit()}>${icon("plus")}${newTitle}</button>` },
  });
  document.getElementById("new")?.addEventListener("click", () => edit());
  return table;
}
