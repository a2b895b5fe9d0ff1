// API tokens: made once, shown once, ended at once.
import { ApiError, api, pageData } from "../core/api.js";
import { dataTable } from "../core/table.js";
import { chip, timeTag } from "../core/parts.js";
import { confirmDialog } from "../core/dialog.js";
import { html, icon, nothing } from "../core/html.js";
import { t } from "../core/i18n.js";
import { toast, toastError } from "../core/toast.js";
import { field, named, select } from "./fields.js";
import { formDialog } from "./form-dialog.js";
import { showSecret } from "../core/secret.js";

const roleNames = Object.fromEntries(pageData.roles.map((role) => [role.key, role.name]));

async function revoke(row) {
  const text = t("Programs that use it are refused from now on. This cannot be undone.");
  if (!(await confirmDialog({ title: t("Revoke “%(name)s”?", { name: row.name }), text, yes: t("Revoke token") }))) return;
  try {
    await api.post(`/api/v1/tokens/${row.id}/revocation`);
    toast(t("Revoked."));
    table.reload();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toastError(error);
  }
}

const make = () =>
  formDialog({
    title: t("New token"),
    save: t("Make token"),
    path: "/api/v1/tokens",
    content: html`${field({ name: "name", label: t("Name"), hint: t("Which program will use it"), autofocus: true })}
      <div class="fields">
        ${select({ name: "user_id", label: t("Acts as"), value: pageData.me, options: named(pageData.users), number: true })}
        ${select({ name: "role", label: t("With the rights of"), value: "agent", options: named(pageData.roles) })}
      </div>`,
    done: async ({ secret }) => {
      table.reload();
      await showSecret({ title: t("The new token"), text: t("Copy it now: it is kept nowhere and not shown again."), secret });
    },
  });

const table = dataTable(document.getElementById("tokens"), {
  id: "tokens",
  label: t("API tokens"),
  columns: [
    { key: "name", label: t("Name"), fixed: true, cell: (row) => html`<span class="strong">${row.name}</span> ${row.revoked_at ? chip(t("Revoked")) : nothing}` },
    { key: "user", label: t("Acts as"), cell: (row) => row.user },
    { key: "role", label: t("With the rights of"), cell: (row) => roleNames[row.role] ?? row.role },
    { key: "created", label: t("Made"), cell: (row) => timeTag(row.created_at) },
    { key: "used", label: t("Last used"), cell: (row) => (row.last_used_at ? timeTag(row.last_used_at) : html`<span class="faint">${t("never")}</span>`) },
    { key: "revoke", label: "", fixed: true, cell: (row) => (row.revoked_at ? nothing : html`<button type="button" class="btn btn-sm" @click=${() => revoke(row)}>${t("Revoke")}</button>`) },
  ],
  key: (row) => row.id,
  load: () => api.get("/api/v1/tokens"),
  empty: { icon: "key", title: t("No tokens yet"), text: t("A token lets another program use the API with the rights of one role."), action: html`<button type="button" class="btn" @click=${make}>${icon("plus")}${t("New token")}</button>` },
});
document.getElementById("new").addEventListener("click", make);
