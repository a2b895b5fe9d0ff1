// The shelves of the knowledge base.
import { api } from "../../core/api.js";
import { html, icon } from "../../core/html.js";
import { formatNumber, t } from "../../core/i18n.js";
import { dataTable } from "../../core/table.js";
import { toast, toastError } from "../../core/toast.js";
import { field } from "../../staff/fields.js";
import { formDialog } from "../../staff/form-dialog.js";
import { LANGUAGES } from "./words.js";

const path = "/api/v1/article-categories";

const edit = (row = null) =>
  formDialog({
    title: row ? row.name : t("New category"),
    content: html`${Object.entries(LANGUAGES).map(([language, label], index) => field({ name: `names.${language}`, label, value: row?.names[language] ?? "", autofocus: index === 0 }))}
      ${field({ name: "position", label: t("Position"), type: "number", min: 0, value: row?.position ?? table.rows.length })}`,
    method: row ? "patch" : "post",
    path: row ? `${path}/${row.id}` : path,
    body: ({ names, position }) => ({ names, position: position ?? 0 }),
    beside: row ? (close) => html`<button type="button" class="btn btn-quiet" @click=${() => remove(row, close)}>${icon("trash")}${t("Remove")}</button>` : undefined,
    done: () => {
      toast(t("Saved."));
      table.reload();
    },
  });

async function remove(row, close) {
  try {
    await api.delete(`${path}/${row.id}`);
    close();
    const again = () => api.post(path, { names: row.names, position: row.position }).then(() => table.reload(), toastError);
    toast(t("Removed: %(name)s", { name: row.name }), { undo: again });
    table.reload();
  } catch (error) {
    toastError(error);
  }
}

const table = dataTable(document.getElementById("categories"), {
  id: "article-categories",
  label: t("Categories"),
  columns: [
    { key: "name", label: t("Name"), fixed: true, cell: (row) => html`<button type="button" class="link-button" @click=${() => edit(row)}>${row.name}</button>` },
    { key: "names", label: t("Languages"), cell: (row) => html`<span class="small soft">${Object.keys(row.names).map((language) => LANGUAGES[language]).join(" · ")}</span>` },
    { key: "articles", label: t("Articles"), number: true, cell: (row) => formatNumber(row.articles) },
  ],
  key: (row) => row.id,
  load: () => api.get(path),
  empty: { icon: "folder", title: t("No categories yet"), text: t("Customers and colleagues find articles by them."), action: html`<button type="button" class="btn" @click=${() => edit()}>${t("New category")}</button>` },
});
document.getElementById("new").addEventListener("click", () => edit());
