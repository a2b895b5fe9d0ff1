// A short list of settings that is edited in a dialog: branches, teams, skills.
import { ApiError, api } from "../core/api.js";
import { dataTable } from "../core/table.js";
import { html, icon, nothing } from "../core/html.js";
import { t } from "../core/i18n.js";
import { toast, toastError } from "../core/toast.js";
import { formDialog } from "./form-dialog.js";

/**
 * simpleList(element, {id, label, path, columns, fields(row), body(values), newTitle, editTitle(row), removed(row) (text; given: rows can be
 * removed), empty}). The button #new opens the dialog for a new one.
 */
export function simpleList(element, { id, label, path, columns, fields, body, newTitle, editTitle, removed = null, empty }) {
  async function remove(row, close) {
    try {
      await api.delete(`${path}/${row.id}`);
      close();
      toast(removed(row));
      table.reload();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toastError(error);
    }
  }

  const edit = (row = null) =>
    formDialog({
      title: row ? editTitle(row) : newTitle,
      content: html`${fields(row)}`,
      method: row ? "patch" : "post",
      path: row ? `${path}/${row.id}` : path,
      body: (values) => (body ? body(values) : values),
      beside: row && removed ? (close) => html`<button type="button" class="btn btn-quiet" @click=${() => remove(row, close)}>${icon("trash")}${t("Remove")}</button>` : nothing,
      done: () => {
        toast(t("Saved."));
        table.reload();
      },
    });

  const [first, ...others] = columns;
  const named = { ...first, cell: (row) => html`<button type="button" class="link-button" @click=${() => edit(row)}>${first.cell(row)}</button>` };
  const table = dataTable(element, {
    id,
    label,
    columns: [named, ...others],
    key: (row) => row.id,
    load: () => api.get(path),
    empty: { ...empty, action: html`<button type="button" class="btn" @click=${() => edit()}>${newTitle}</button>` },
  });
  document.getElementById("new")?.addEventListener("click", () => edit());
  return table;
}
