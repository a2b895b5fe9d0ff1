// A new ticket by hand: who, what about, which queue. What was typed stays when something is refused.
import { api, pageData } from "../core/api.js";
import { enhance } from "../core/form.js";
import { html, nothing, render } from "../core/html.js";
import { t } from "../core/i18n.js";
import { KINDS, kindWord, PRIORITIES, priorityWord } from "./words.js";

const place = document.getElementById("new-ticket");
const wanted = new URL(location.href).searchParams;
let customer = null;
let found = [];
let asked = 0;

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

function draw() {
  render(
    html`<form class="stack">
      <div class="form-errors" role="alert" hidden></div>
      <label class="field"><span class="form-label">${t("Customer")}</span>
        ${customer
          ? html`<span class="row-of"><strong>${customer.name}</strong><button type="button" class="btn btn-quiet btn-sm" @click=${() => { customer = null; draw(); }}>${t("Another")}</button></span>`
          : html`<input type="search" class="form-control" placeholder=${t("Name, phone, serial")} @input=${(event) => search(event.target.value.trim())}>`}
      </label>
      ${found.length ? html`<div class="stack tight">${found.map((row) => html`<button type="button" class="btn" @click=${() => choose(row.id)}>${row.name}<span class="small soft">${row.contact_points?.[0]?.text ?? ""}</span></button>`)}</div>` : nothing}
      ${customer?.equipment?.length
        ? html`<label class="field"><span class="form-label">${t("Equipment")}</span><select class="form-select" name="equipment_id"><option value="">${t("None of these")}</option>${customer.equipment.map((thing) => html`<option value=${thing.id}>${[thing.kind, thing.maker, thing.model].filter(Boolean).join(" ")}</option>`)}</select></label>`
        : nothing}
      <label class="field"><span class="form-label">${t("Subject")}</span><input class="form-control" name="subject" required maxlength="300"></label>
      <label class="field"><span class="form-label">${t("What was said")}</span><textarea class="form-control" name="text" rows="5"></textarea></label>
      <div class="fields">
        <label class="field"><span class="form-label">${t("Queue")}</span><select class="form-select" name="queue_id"><option value="">${t("By the routing table")}</option>${pageData.queues.map((queue) => html`<option value=${queue.id}>${queue.name}</option>`)}</select></label>
        <label class="field"><span class="form-label">${t("Kind")}</span><select class="form-select" name="kind">${KINDS.map((key) => html`<option value=${key}>${kindWord(key)}</option>`)}</select></label>
        <label class="field"><span class="form-label">${t("Priority")}</span><select class="form-select" name="priority">${PRIORITIES.map((key) => html`<option value=${key} ?selected=${key === "normal"}>${priorityWord(key)}</option>`)}</select></label>
      </div>
      <div class="form-actions"><button class="btn btn-primary">${t("Open ticket")}</button></div>
    </form>`,
    place,
  );
}

draw();
enhance(place.querySelector("form"), {
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
    site_id: customer?.sites?.[0]?.id ?? null,
    equipment_id: values.equipment_id ? Number(values.equipment_id) : null,
  }),
  done: (ticket) => location.assign(`/tickets/${ticket.number}`),
});
if (wanted.get("customer")) choose(Number(wanted.get("customer")));
