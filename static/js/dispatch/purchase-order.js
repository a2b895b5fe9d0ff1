// One purchase order: its lines, where it stands, and what can be done with it. On paper the same without the buttons.
import { api, pageData } from "../core/api.js";
import { confirmDialog } from "../core/dialog.js";
import { html, icon, nothing, render } from "../core/html.js";
import { formatDate, formatFull, formatMoney, formatNumber, t } from "../core/i18n.js";
import { toast, toastError } from "../core/toast.js";
import { formDialog } from "../staff/form-dialog.js";
import { area, check, field, languages, select } from "../staff/fields.js";
import { receiveForm } from "./material-forms.js";
import { partField } from "./part-field.js";
import { orderStateWord, plainDate } from "./words.js";

const place = document.getElementById("order");
const actions = document.getElementById("order-actions");
const may = pageData.may;
let order = pageData.order;
const path = `/api/v1/purchase-orders/${order.number}`;
const ordered = (line) => line.quantity + line.cancelled;

let looks = 0; // at a mail that is on its way

function show(fresh) {
  order = fresh;
  draw();
  const underWay = order.mails && !order.mailed_at && !order.mail_problem;
  if (underWay && looks < 10) {
    looks += 1;
    setTimeout(() => reload().catch(() => {}), 2000);
  }
}

async function reload() {
  show(await api.get(path));
}

const sendForm = () =>
  formDialog({
    title: t("Send order %(number)s", { number: order.number }),
    size: "small",
    content: html`${check({ name: "mail", label: order.supplier.email ? t("Mail it to %(address)s", { address: order.supplier.email }) : t("Mail it (no address is known yet)"), value: Boolean(order.supplier.email) })}
      ${field({ name: "expected_on", label: t("All expected on"), type: "date", hint: t("Left empty: each part after its supplier's days.") })}
      <p class="small soft">${t("Without mail: it was told by telephone or on the supplier's own page. Visits that wait for the parts are promised them.")}</p>`,
    path: `${path}/sending`,
    body: (values) => ({ mail: values.mail, expected_on: values.expected_on || null }),
    save: t("Send"),
    done: (fresh) => {
      toast(fresh.mails ? t("Sent. The mail is on its way.") : t("Noted as sent."));
      show(fresh);
    },
  });

const supplierForm = () =>
  formDialog({
    title: order.supplier.name,
    size: "small",
    content: html`${field({ name: "email", label: t("Orders are mailed to"), type: "email", value: order.supplier.email, autofocus: true })}
      ${select({ name: "language", label: t("Language of the mails"), options: languages(pageData.languages), value: order.supplier.language })}
      ${field({ name: "our_number", label: t("Our customer number with them"), value: order.supplier.our_number })}`,
    method: "patch",
    path: `/api/v1/suppliers/${order.supplier.id}`,
    done: (supplier) => {
      toast(t("Saved."));
      show({ ...order, supplier });
    },
  });

const lineForm = () =>
  formDialog({
    title: t("Add a part"),
    size: "small",
    content: html`${partField({ name: "part_id", label: t("Part") })}${select({ name: "place_id", label: t("Comes to"), options: pageData.places.map((one) => ({ value: one.id, label: one.name })), value: order.lines[0]?.place_id ?? "", number: true })}
      ${field({ name: "quantity", label: t("Quantity"), type: "number", value: 1, min: 1, step: 1, mode: "numeric" })}`,
    path: `${path}/lines`,
    body: (values) => ({ ...values, part_id: values.part_id === null ? null : Number(values.part_id) }),
    done: show,
  });

const quantityForm = (line) =>
  formDialog({
    title: line.part,
    size: "small",
    content: field({ name: "quantity", label: t("Quantity"), type: "number", value: line.quantity, min: 1, step: 1, mode: "numeric", autofocus: true }),
    method: "patch",
    path: `/api/v1/purchase-lines/${line.id}`,
    done: reload,
  });

const noteForm = () =>
  formDialog({
    title: t("Note to the supplier"),
    size: "small",
    content: area({ name: "note", label: t("Note"), value: order.note }),
    method: "patch",
    path,
    done: show,
  });

async function does(deed, said) {
  looks = 0;
  try {
    await deed();
    await reload();
    toast(said);
  } catch (error) {
    toastError(error);
  }
}

async function cancel() {
  const promised = order.lines.reduce((sum, line) => sum + line.reserved, 0);
  const text = promised ? t("%(count)s pieces are promised to visits, which will be short. The supplier is not told by this.", { count: promised }) : t("What has not come will not come. The supplier is not told by this.");
  if (await confirmDialog({ title: t("Cancel order %(number)s?", { number: order.number }), text, yes: t("Cancel the order"), no: t("Keep it") })) await does(() => api.post(`${path}/cancellation`), t("Cancelled."));
}

function lineView(line) {
  const receivable = may.write && order.state !== "draft" && line.received < line.quantity;
  return html`<tr><td><span class="strong">${line.part}</span> <span class="soft small nowrap">${line.sku}</span></td>
    <td class="number">${formatNumber(ordered(line))} <span class="soft small">${line.unit}</span></td>
    <td class="number"><span class="narrow-label">${t("Came so far")} </span>${formatNumber(line.received)}${line.cancelled ? html` <span class="soft small nowrap">${t("%(count)s cancelled", { count: formatNumber(line.cancelled) })}</span>` : nothing}${line.refused ? html` <span class="soft small nowrap">${t("%(count)s not kept", { count: formatNumber(line.refused) })}</span>` : nothing}</td>
    <td>${line.eta ? plainDate(line.eta) : html`<span class="soft">${order.state === "draft" && line.lead_days ? t("%(days)s days after it is sent", { days: line.lead_days }) : t("no date")}</span>`}</td>
    <td>${line.place}</td>
    <td class="number">${line.cost ? formatMoney(line.cost, line.currency) : nothing}</td><td class="number">${line.cost ? formatMoney(line.cost * ordered(line), line.currency) : nothing}</td>
    ${may.write ? html`<td class="no-print"><span class="row-of end">${receivable ? html`<button type="button" class="btn btn-sm" @click=${() => receiveForm({ line, done: reload })}>${t("Receive")}</button>` : nothing}
      ${order.state === "draft" ? html`<button type="button" class="btn btn-sm btn-quiet" @click=${() => quantityForm(line)}>${t("Change")}</button><button type="button" class="btn btn-sm btn-quiet" @click=${() => does(() => api.delete(`${path}/lines/${line.id}`), t("Removed."))}>${t("Remove")}</button>` : nothing}</span></td>` : nothing}</tr>`;
}

function mailLine() {
  if (!order.mails) return order.sent_at ? t("told otherwise than by our mail") : nothing;
  if (order.mail_problem) return html`<span class="late-word">${icon("alert-triangle", { size: "small" })}${t("The mail to %(address)s was not sent:", { address: order.mailed_to })}</span> ${order.mail_problem}`;
  return order.mailed_at ? t("mailed to %(address)s", { address: order.mailed_to }) : t("the mail to %(address)s is on its way", { address: order.mailed_to });
}

function draw() {
  const { supplier } = order;
  const open = ["sent", "partly"].includes(order.state);
  render(
    html`<div class="stack loose purchase-order">
      ${pageData.ours.map((one) => html`<div class="print-only"><strong>${one.name}</strong><br />${one.address}</div>`)}
      <div class="row-of apart wrap order-head"><div class="stack tight"><div><span class="chip ${order.state === "draft" ? "" : "chip-brand"}">${orderStateWord(order.state)}</span></div>
          <div class="strong">${supplier.name}</div>
          <div class="soft">${supplier.email || html`<span class="no-print">${t("no e-mail address yet")}</span>`}${supplier.our_number ? html` · ${t("our number there: %(number)s", { number: supplier.our_number })}` : nothing}
            ${may.write ? html`<button type="button" class="btn btn-sm btn-quiet no-print" @click=${supplierForm}>${t("Change")}</button>` : nothing}</div></div>
        <dl class="facts"><dt>${t("Made")}</dt><dd>${formatFull(order.created_at)}${order.created_by ? ` · ${order.created_by}` : ""}</dd>
          ${order.sent_at ? html`<dt>${t("Sent")}</dt><dd>${formatFull(order.sent_at)}${order.sent_by ? ` · ${order.sent_by}` : ""}<div class="small soft no-print">${mailLine()}</div></dd>` : nothing}
          ${order.expected ? html`<dt>${t("Expected")}</dt><dd>${formatDate(`${order.expected}T12:00:00Z`, { zone: "UTC" })}</dd>` : nothing}</dl></div>
      ${order.lines.length
        ? html`<div class="table-scroll"><table class="table table-dense"><thead><tr><th>${t("Part")}</th><th class="number">${t("Quantity")}</th><th class="number">${t("Came so far")}</th><th>${t("Expected")}</th><th>${t("For")}</th><th class="number">${t("Cost")}</th><th class="number">${t("Sum")}</th>${may.write ? html`<th class="no-print"><span class="visually-hidden">${t("Actions")}</span></th>` : nothing}</tr></thead>
          <tbody>${order.lines.map(lineView)}</tbody>
          <tfoot>${order.totals.filter((one) => one.amount).map((one) => html`<tr><td colspan="6" class="strong">${t("Total")}</td><td class="number strong">${formatMoney(one.amount, one.currency)}</td>${may.write ? html`<td class="no-print"></td>` : nothing}</tr>`)}</tfoot></table></div>`
        : html`<p class="soft">${t("Nothing stands on this order any more. Add a part, or cancel it.")}</p>`}
      <div class="prose">${order.note}</div>
      <div class="row-of wrap no-print">
        ${may.write && order.state === "draft" ? html`<button type="button" class="btn" @click=${lineForm}>${icon("plus")}${t("Add a part")}</button><button type="button" class="btn" @click=${noteForm}>${icon("pencil")}${t("Note to the supplier")}</button>` : nothing}
        <a class="btn" href=${`/materials/orders/${order.number}.csv`} download>${icon("download")}${t("CSV")}</a><a class="btn" href=${`/materials/orders/${order.number}.xlsx`} download>${icon("download")}${t("XLSX")}</a>
        ${may.write && open && order.supplier.email ? html`<button type="button" class="btn" @click=${() => does(() => api.post(`${path}/mails`), t("The mail is on its way."))}>${icon("mail-forward")}${t("Mail again")}</button>` : nothing}
        ${may.write && (order.state === "draft" || open) ? html`<span class="grow"></span><button type="button" class="btn btn-quiet" @click=${cancel}>${t("Cancel the order")}</button>` : nothing}
      </div>
    </div>`,
    place,
  );
  render(
    html`<button type="button" class="btn btn-icon" aria-label=${t("Print")} title=${t("Print")} @click=${() => print()}>${icon("printer")}</button>
      ${may.write && order.state === "draft" ? html`<button type="button" class="btn btn-primary" ?disabled=${!order.lines.length} @click=${sendForm}>${icon("send")}${t("Send…")}</button>` : nothing}`,
    actions,
  );
}

place.replaceChildren();
show(order);
