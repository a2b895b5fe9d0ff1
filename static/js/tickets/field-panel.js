// Beside a ticket: its custom fields, each changed in its place; and a dialog for those that are missing.
import { api, pageData } from "../core/api.js";
import { openDialog } from "../core/dialog.js";
import { enhance, showErrors } from "../core/form.js";
import { html, icon, nothing } from "../core/html.js";
import { t } from "../core/i18n.js";
import { toast, toastError } from "../core/toast.js";
import { askWhich } from "./collision.js";
import { asValue, asValues, definitionOf, fieldInput, requiredNow, shownFor, valueText } from "./custom-fields.js";

const path = (ticket) => `/api/v1/tickets/${ticket.number}`;
let editing = null; // the key of the field that is open

/** The panel; `redraw` draws the page again, `mayWrite` opens a field by pressing it. */
export function fieldPanel(ticket, mayWrite, redraw) {
  const values = ticket.fields ?? {};
  const fields = shownFor(ticket.kind, values);
  if (!fields.length) return nothing;
  return html`<section class="panel" data-panel="fields"><h2>${t("Details")}</h2><dl class="facts own-fields">${fields.map((one) => line(one, ticket, values, mayWrite, redraw))}</dl></section>`;
}

function line(one, ticket, values, mayWrite, redraw) {
  const value = values[one.key];
  const text = valueText(one, value, ticket.field_names?.[one.key]);
  const missing = value === undefined && requiredNow(one, "resolving", values, ticket.priority);
  if (editing === one.key) return html`<dt>${one.label}</dt><dd>${editor(one, ticket, value, redraw)}</dd>`;
  const shown = html`<span class="own-value">${text}</span>${missing ? html`<span class="chip tiny">${t("needed")}</span>` : nothing}${one.retired ? html`<span class="chip tiny">${t("no longer asked")}</span>` : nothing}`;
  const open = () => {
    editing = one.key;
    redraw();
    document.querySelector(".own-fields form :is(input, select, textarea)")?.focus();
  };
  return html`<dt>${one.label}</dt><dd>${mayWrite ? html`<button type="button" class="own-field" title=${one.help || nothing} @click=${open}><span class="visually-hidden">${t("Change %(field)s", { field: one.label })}: </span>${shown}${icon("pencil", { size: "small" })}</button>` : shown}</dd>`;
}

function editor(one, ticket, value, redraw) {
  pageData.reference_names = ticket.field_names;
  const close = () => {
    editing = null;
    redraw();
  };
  const read = (form) => {
    const boxes = [...form.querySelectorAll("[data-list]")];
    return asValue(one, boxes.length ? boxes.filter((box) => box.checked).map((box) => box.value) : form.elements.namedItem(`fields.${one.key}`).value);
  };
  const submit = async (event) => {
    event.preventDefault();
    const form = event.target;
    if (await save(one, ticket, value ?? null, read(form), form)) close();
  };
  return html`<form class="stack tight" novalidate @submit=${submit} @keydown=${(event) => event.key === "Escape" && close()}>
    ${fieldInput(one, value, { prefix: "edit" })}
    <div class="row-of"><button class="btn btn-sm btn-primary">${t("Save")}</button><button type="button" class="btn btn-sm" @click=${close}>${t("Cancel")}</button></div></form>`;
}

/** Resolves true when it stands; a colleague's change of the same field is shown first. */
async function save(one, ticket, before, mine, form) {
  const name = `fields.${one.key}`;
  const put = (value, version) => api.patch(path(ticket), { fields: { [one.key]: value }, version });
  const undo = () => api.patch(path(ticket), { fields: { [one.key]: before } }).then(() => toast(t("Taken back")), toastError);
  try {
    await put(mine, ticket.version);
  } catch (error) {
    if (error.code !== "changed_meanwhile") {
      showErrors(form, error);
      return false;
    }
    if (!(await askWhich(error, name, `${one.label}: ${valueText(one, mine)}`))) return true;
    await put(mine, error.body.version);
  }
  toast(t("%(field)s changed", { field: one.label }), { undo });
  return true;
}

const STANDARD = {
  customer_id: () => t("Link the customer first: by their call, or in the console."),
  site_id: () => t("Name the customer's site first."),
  equipment_id: () => t("Name the equipment first."),
  contact_email: () => t("An email address is needed."),
  contact_phone: () => t("A phone number is needed."),
};

/** Ask for what a refusal says is missing; `then` does again what was refused. */
export function askMissing(ticket, missing, then) {
  const own = missing.map((one) => definitionOf(one.field.replace("fields.", ""))).filter(Boolean);
  const others = missing.filter((one) => STANDARD[one.field]);
  pageData.reference_names = ticket.field_names;
  const dialog = openDialog({
    title: t("Needed before the ticket is resolved"),
    content: (close) => html`<form class="stack">
      ${others.map((one) => html`<p class="note">${one.label}: ${STANDARD[one.field]()}</p>`)}
      ${own.map((one) => fieldInput(one, ticket.fields?.[one.key], { prefix: "missing", required: true }))}
      <div class="form-actions">${own.length ? html`<button class="btn btn-primary">${others.length ? t("Save") : t("Save and resolve")}</button>` : nothing}<button type="button" class="btn" @click=${() => close()}>${t("Cancel")}</button></div>
    </form>`,
  });
  enhance(dialog.element.querySelector("form"), {
    method: "patch",
    path: path(ticket),
    body: (values) => ({ fields: asValues(values.fields) }),
    done: () => {
      dialog.close();
      if (!others.length) then();
    },
  });
}
