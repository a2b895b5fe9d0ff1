// Custom fields: defined, put in order, retired, removed.
import { api, pageData } from "../../core/api.js";
import { openDialog } from "../../core/dialog.js";
import { enhance } from "../../core/form.js";
import { html, icon, nothing } from "../../core/html.js";
import { formatList, t, tn } from "../../core/i18n.js";
import { chip } from "../../core/parts.js";
import { dataTable } from "../../core/table.js";
import { toast, toastError } from "../../core/toast.js";
import { kindWord } from "../words.js";
import { fieldForm, KIND_WORDS, requiredWord } from "./field-form.js";

let rows = [];

const saved = (said) => () => {
  toast(said);
  table.reload();
};

const retire = async (row, close) => {
  try {
    await api.post(`/api/v1/ticket-fields/${row.id}/retirement`);
    close();
    toast(t("Retired: %(name)s. Tickets keep what they have.", { name: row.label }), { undo: () => useAgain(row) });
    table.reload();
  } catch (error) {
    toastError(error);
  }
};

const useAgain = (row, close = () => {}) => api.delete(`/api/v1/ticket-fields/${row.id}/retirement`).then(() => { close(); saved(t("Asked for again."))(); }, toastError);

const USES = { field: () => t("Field"), view: () => t("View"), rule: () => t("Rule"), assignment: () => t("Assignment rule"), macro: () => t("Macro") };
const useLine = (use) => (use.what === "tickets" ? tn("%(count)s ticket", "%(count)s tickets", use.count) : html`${USES[use.what]?.() ?? use.what}: ${use.address ? html`<a href=${use.address}>${use.name}</a>` : use.name}`);

/** Removed when nothing has it; else what does, and the way out. */
async function remove(row, close) {
  try {
    await api.delete(`/api/v1/ticket-fields/${row.id}`);
    close();
    saved(t("Removed: %(name)s", { name: row.label }))();
  } catch (error) {
    if (error.code !== "in_use") return toastError(error);
    close();
    openDialog({
      title: t("“%(name)s” is in use", { name: row.label }),
      size: "small",
      content: (done) => html`<div class="stack"><p>${t("It cannot be removed while these have it:")}</p><ul>${error.body.uses.map((use) => html`<li>${useLine(use)}</li>`)}</ul>
        <p class="soft">${t("Retired, it is asked for no more; tickets keep what they have, and it can be used again.")}</p>
        <div class="form-actions">${row.retired ? nothing : html`<button type="button" class="btn btn-primary" @click=${() => retire(row, done)}>${t("Retire it")}</button>`}<button type="button" class="btn" @click=${() => done()}>${t("Leave it so")}</button></div></div>`,
    });
  }
  return undefined;
}

function edit(row = null) {
  const form = fieldForm(row, rows, pageData);
  const beside = (close) => html`${row.retired
      ? html`<button type="button" class="btn btn-quiet" @click=${() => useAgain(row, close)}>${icon("arrow-back-up")}${t("Use again")}</button>`
      : html`<button type="button" class="btn btn-quiet" @click=${() => retire(row, close)}>${icon("archive")}${t("Retire")}</button>`}
    <button type="button" class="btn btn-quiet" @click=${() => remove(row, close)}>${icon("trash")}${t("Remove")}</button>`;
  const dialog = openDialog({
    title: row ? row.label : t("New field"),
    content: (close) => html`<form class="stack">${form.draw(() => dialog.update())}
      <div class="form-actions"><button class="btn btn-primary">${t("Save")}</button><button type="button" class="btn" @click=${() => close()}>${t("Cancel")}</button><span class="grow"></span>${row ? beside(close) : nothing}</div></form>`,
  });
  enhance(dialog.element.querySelector("form"), {
    method: row ? "patch" : "post",
    path: row ? `/api/v1/ticket-fields/${row.id}` : "/api/v1/ticket-fields",
    body: form.body,
    done: () => {
      dialog.close();
      saved(t("Saved."))();
    },
  });
}

async function move(row, by) {
  const place = rows.indexOf(row);
  const next = rows.toSpliced(place, 1).toSpliced(place + by, 0, row);
  try {
    await api.post("/api/v1/ticket-field-order", { ids: next.map((one) => one.id) });
    await table.reload();
  } catch (error) {
    toastError(error);
  }
}

const order = (row) => html`<span class="row-of"><button type="button" class="btn btn-quiet btn-icon btn-sm" aria-label=${t("Move %(name)s up", { name: row.label })} ?disabled=${rows[0]?.id === row.id} @click=${() => move(row, -1)}>${icon("arrow-up")}</button><button type="button" class="btn btn-quiet btn-icon btn-sm" aria-label=${t("Move %(name)s down", { name: row.label })} ?disabled=${rows.at(-1)?.id === row.id} @click=${() => move(row, 1)}>${icon("arrow-down")}</button></span>`;

const table = dataTable(document.getElementById("fields"), {
  id: "settings-ticket-fields",
  label: t("Custom fields"),
  columns: [
    { key: "label", label: t("Name"), fixed: true, cell: (row) => html`<button type="button" class="link-button" @click=${() => edit(row)}>${row.label}</button> ${row.retired ? chip(t("retired")) : nothing}${row.public ? chip(t("customers see it")) : nothing}` },
    { key: "kind", label: t("Sort"), cell: (row) => KIND_WORDS[row.kind]() },
    { key: "ticket_kinds", label: t("Kinds of tickets"), cell: (row) => (row.ticket_kinds.length ? formatList(row.ticket_kinds.map(kindWord)) : html`<span class="soft">${t("all")}</span>`) },
    { key: "required", label: t("Required"), cell: (row) => requiredWord(row.required) },
    { key: "key", label: t("Key"), cell: (row) => html`<code>${row.key}</code>` },
    { key: "order", label: t("Order"), cell: order },
  ],
  key: (row) => row.id,
  load: async () => {
    const answer = await api.get("/api/v1/ticket-fields");
    rows = answer.items;
    return answer;
  },
  empty: { icon: "adjustments", title: t("No custom fields yet"), text: t("Ask tickets for what your firm needs to know: a floor, a building, an error code."), action: html`<button type="button" class="btn" @click=${() => edit()}>${t("New field")}</button>` },
});
document.getElementById("new").addEventListener("click", () => edit());
