// A new ticket by hand: who, what about, which queue. What was typed stays when something is refused.
import { api, pageData } from "../core/api.js";
import { enhance, formValues } from "../core/form.js";
import { html, nothing, render, repeat } from "../core/html.js";
import { t } from "../core/i18n.js";
import { asValues, fieldInput, requiredNow, shownFor } from "./custom-fields.js";
import { KINDS, kindWord, PRIORITIES, priorityWord } from "./words.js";

const place = document.getElementById("new-ticket");
const wanted = new URL(location.href).searchParams;
let customer = null;
let found = [];
let asked = 0;
let kind = KINDS[0];
let priority = "normal";
let own = {}; // values of custom fields

async function search(text) {
  asked += 1;
  const mine = asked;
  const answer = text.length < 2 ? { items: [] } : await api.get("/api/v1/customers", { q: text, limit: 6 }).catch(() => ({ items: [] }));
  if (mine !== asked) return;
  found = answer.items ?? [];
  draw();
}

async function choose(id) {
  customer = await api.get(`/api/v1/customers/${id}`);
  found = [];
  draw();
}

const form = () => place.querySelector("form");
const asks = (field) => pageData.asks[kind]?.[field] ?? "asked";
const mark = (field) => (asks(field) === "opening" ? html`<span class="soft"> ${t("(required)")}</span>` : nothing);

/** Another choice may ask for other fields: what was typed is taken along. */
function follow() {
  const values = formValues(form());
  kind = values.kind;
  priority = values.priority;
  own = { ...own, ...asValues(values.fields) };
  draw();
}

function customerPart() {
  if (asks("customer_id") === "hidden") return nothing;
  return html`<label class="field"><span class="form-label">${t("Customer")}${mark("customer_id")}</span>
      ${customer
        ? html`<span class="row-of"><strong>${customer.name}</strong><button type="button" class="btn btn-quiet btn-sm" @click=${() => { customer = null; draw(); }}>${t("Another")}</button></span>`
        : html`<input type="search" class="form-control" placeholder=${t("Name, phone, serial")} @input=${(event) => search(event.target.value.trim())}>`}
    </label>
    ${found.length ? html`<div class="stack tight">${found.map((row) => html`<button type="button" class="btn" @click=${() => choose(row.id)}>${row.name}<span class="small soft">${row.contact_points?.[0]?.text ?? ""}</span></button>`)}</div>` : nothing}`;
}

const thingName = (thing) => [thing.kind, thing.maker, thing.model].filter(Boolean).join(" ");
const siteName = (site) => [site.name, site.address].filter(Boolean).join(", ");

/** One of the customer's things or sites; asked for only when they have any, unless the form requires one. */
function belonging(field, label, none, rows, nameOf, chosen) {
  if (asks(field) === "hidden" || (!rows.length && asks(field) !== "opening")) return nothing;
  return html`<label class="field"><span class="form-label">${label}${mark(field)}</span><select class="form-select" name=${field}><option value="">${rows.length ? none : t("Choose the customer first")}</option>${rows.map((row) => html`<option value=${row.id} ?selected=${row.id === chosen}>${nameOf(row)}</option>`)}</select></label>`;
}

const contact = (field, label, type) =>
  asks(field) === "hidden" || customer ? nothing : html`<label class="field"><span class="form-label">${label}${mark(field)}</span><input class="form-control" type=${type} name=${field} autocomplete="off"></label>`;

function draw() {
  render(
    html`<form class="stack">
      <div class="form-errors" role="alert" hidden></div>
      <div class="fields">
        <label class="field"><span class="form-label">${t("Kind")}</span><select class="form-select" name="kind" @change=${follow}>${KINDS.map((key) => html`<option value=${key} ?selected=${key === kind}>${kindWord(key)}</option>`)}</select></label>
        <label class="field"><span class="form-label">${t("Queue")}</span><select class="form-select" name="queue_id"><option value="">${t("By the routing table")}</option>${pageData.queues.map((queue) => html`<option value=${queue.id}>${queue.name}</option>`)}</select></label>
        <label class="field"><span class="form-label">${t("Priority")}</span><select class="form-select" name="priority" @change=${follow}>${PRIORITIES.map((key) => html`<option value=${key} ?selected=${key === priority}>${priorityWord(key)}</option>`)}</select></label>
      </div>
      ${customerPart()}
      <div class="fields">${contact("contact_phone", t("Phone"), "tel")}${contact("contact_email", t("Email"), "email")}</div>
      ${belonging("equipment_id", t("Equipment"), t("None of these"), customer?.equipment ?? [], thingName, null)}
      ${belonging("site_id", t("Site"), t("None of these"), customer?.sites ?? [], siteName, customer?.sites?.[0]?.id)}
      <label class="field"><span class="form-label">${t("Subject")}</span><input class="form-control" name="subject" required maxlength="300"></label>
      <label class="field"><span class="form-label">${t("What was said")}</span><textarea class="form-control" name="text" rows="5"></textarea></label>
      <div class="own-inputs stack">${repeat(shownFor(kind), (one) => one.key, (one) => fieldInput(one, own[one.key], { required: requiredNow(one, "opening", own, priority), change: follow }))}</div>
      <div class="form-actions"><button class="btn btn-primary">${t("Open ticket")}</button></div>
    </form>`,
    place,
  );
}

draw();
enhance(form(), {
  path: "/api/v1/tickets",
  body: (values) => ({
    subject: values.subject,
    text: values.text || null,
    author_name: customer?.name ?? "",
    queue_id: values.queue_id ? Number(values.queue_id) : null,
    kind: values.kind,
    priority: values.priority,
    channel: "phone",
    customer_id: customer?.id ?? null,
    contact_phone: values.contact_phone || null,
    contact_email: values.contact_email || null,
    site_id: Number(values.site_id) || null,
    equipment_id: Number(values.equipment_id) || null,
    fields: asValues(values.fields),
  }),
  done: (ticket) => location.assign(`/tickets/${ticket.number}`),
});
if (wanted.get("customer")) choose(Number(wanted.get("customer")));
