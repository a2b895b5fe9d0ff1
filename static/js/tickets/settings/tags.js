// Tags: renamed, merged into another, removed.
import { api } from "../../core/api.js";
import { confirmDialog, openDialog } from "../../core/dialog.js";
import { html, icon } from "../../core/html.js";
import { formatNumber, t, tn } from "../../core/i18n.js";
import { dataTable } from "../../core/table.js";
import { toast, toastError } from "../../core/toast.js";
import { field, named, select } from "../../staff/fields.js";
import { formDialog } from "../../staff/form-dialog.js";

const count = (row) => tn("%(count)s ticket has it.", "%(count)s tickets have it.", row.tickets);

const saved = (said) => () => {
  toast(said);
  table.reload();
};

async function remove(row, close) {
  close();
  if (!(await confirmDialog({ title: t("Remove the tag “%(name)s”?", { name: row.name }), text: `${count(row)} ${t("It is taken off all of them.")}`, yes: t("Remove tag") }))) return;
  try {
    await api.delete(`/api/v1/tags/${row.id}`);
    saved(t("Tag removed"))();
  } catch (error) {
    toastError(error);
  }
}

/** Ask into which other tag; the first is gone then. */
function merge(row, close) {
  close();
  const others = table.rows.filter((other) => other.id !== row.id);
  if (!others.length) {
    openDialog({ title: t("Merge “%(name)s”", { name: row.name }), size: "small", content: () => html`<p>${t("There is no other tag.")}</p>` });
    return;
  }
  formDialog({
    title: t("Merge “%(name)s”", { name: row.name }),
    size: "small",
    content: html`<p class="soft">${count(row)} ${t("They get the other tag instead.")}</p>
      ${select({ name: "into_id", label: t("Into"), options: named(others), number: true })}`,
    path: `/api/v1/tags/${row.id}/merging`,
    save: t("Merge"),
    done: saved(t("Tags merged")),
  });
}

const edit = (row = null) =>
  formDialog({
    title: row ? row.name : t("New tag"),
    size: "small",
    content: field({ name: "name", label: t("Name"), value: row?.name, autofocus: true }),
    method: row ? "patch" : "post",
    path: row ? `/api/v1/tags/${row.id}` : "/api/v1/tags",
    beside: row
      ? (close) => html`<button type="button" class="btn btn-quiet" @click=${() => merge(row, close)}>${icon("arrow-merge")}${t("Merge…")}</button>
          <button type="button" class="btn btn-quiet" @click=${() => remove(row, close)}>${icon("trash")}${t("Remove")}</button>`
      : undefined,
    done: saved(t("Saved.")),
  });

const table = dataTable(document.getElementById("tags"), {
  id: "settings-tags",
  label: t("Tags"),
  columns: [
    { key: "name", label: t("Name"), fixed: true, cell: (row) => html`<button type="button" class="link-button" @click=${() => edit(row)}>${row.name}</button>` },
    { key: "tickets", label: t("Tickets"), number: true, cell: (row) => html`<a href=${`/tickets?tags=${encodeURIComponent(row.name)}`}>${formatNumber(row.tickets)}</a>` },
  ],
  key: (row) => row.id,
  load: ({ filters }) => api.get("/api/v1/tags", { text: filters.text }),
  tools: (shown) => html`<input class="form-control table-search" type="search" placeholder=${t("Name begins with")} aria-label=${t("Name begins with")} .value=${shown.state.filters.text ?? ""} @change=${(event) => shown.setFilters({ text: event.target.value })}>`,
  empty: { icon: "tags", title: t("No tags yet"), text: t("Tags sort tickets across queues: a recall, a campaign, a big customer."), action: html`<button type="button" class="btn" @click=${() => edit()}>${t("New tag")}</button>` },
});
document.getElementById("new").addEventListener("click", () => edit());
