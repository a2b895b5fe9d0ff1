// Settings: our phone numbers, and what happens to their calls.
import { pageData } from "../core/api.js";
import { html, icon, render } from "../core/html.js";
import { t } from "../core/i18n.js";
import { chip, empty } from "../core/parts.js";
import { check, field, languages, named, select } from "../staff/fields.js";
import { formDialog } from "../staff/form-dialog.js";

const nameOf = (rows, id) => rows.find((row) => row.id === id)?.name ?? "–";

function edit(row = null) {
  formDialog({
    title: row ? row.shown : t("New phone number"),
    content: html`
      ${field({ name: "number", label: t("Number"), value: row?.shown, type: "tel", autofocus: true, hint: t("In full, as the carrier lists it: +49 30 1234567") })}
      ${field({ name: "label", label: t("Name"), value: row?.label, hint: t("What colleagues see when it rings: Service line Berlin") })}
      ${select({ name: "branch_id", label: t("Branch"), value: row?.branch_id ?? pageData.branches[0]?.id, options: named(pageData.branches), number: true, hint: t("Its opening hours decide whether callers reach somebody or the voicemail.") })}
      ${select({ name: "menu_id", label: t("Voice menu"), value: row?.menu_id, options: named(pageData.menus), none: t("none: straight into the queue"), number: true })}
      ${select({ name: "queue_id", label: t("Queue"), value: row?.queue_id ?? pageData.queues[0]?.id, options: named(pageData.queues), number: true, hint: t("For callers who press nothing, and without a menu.") })}
      ${select({ name: "language", label: t("Language of announcements"), value: row?.language ?? "en", options: languages(pageData.languages) })}
      ${check({ name: "record_calls", label: t("Record calls when the caller agrees (they are asked before they wait)"), value: row?.record_calls ?? false })}
      ${check({ name: "active", label: t("In use"), value: row?.active ?? true })}`,
    method: row ? "put" : "post",
    path: row ? `/api/v1/phone-numbers/${row.id}` : "/api/v1/phone-numbers",
    body: (values) => ({ ...values, branch_id: Number(values.branch_id), queue_id: Number(values.queue_id), menu_id: values.menu_id ? Number(values.menu_id) : null }),
    done: () => location.reload(),
  });
}

const line = (row) => html`<li>
  <span class="grow"><button type="button" class="link-button" data-number=${row.id} @click=${() => edit(row)}>${row.label}</button>
    <span class="small soft number">${row.shown}</span></span>
  <span class="row-of wrap end">${row.menu_id ? chip(nameOf(pageData.menus, row.menu_id), { icon: "dialpad" }) : ""}${chip(nameOf(pageData.queues, row.queue_id), { icon: "inbox" })}
    ${chip(nameOf(pageData.branches, row.branch_id), { icon: "building" })}${row.active ? "" : chip(t("not in use"), { kind: "strong" })}</span></li>`;

render(
  pageData.numbers.length
    ? html`<section class="part"><ul class="lines">${pageData.numbers.map(line)}</ul></section>`
    : empty({
        icon: "phone",
        title: t("No numbers yet"),
        text: t("Buy one from the carrier, then add it here: that is where calls come in."),
        action: html`<div class="row-of wrap"><button type="button" class="btn" @click=${() => edit()}>${icon("plus")}${t("New phone number")}</button><a class="btn" href="/settings/twilio">${t("Connect your Twilio number")}</a></div>`,
      }),
  document.getElementById("numbers"),
);
document.getElementById("new").addEventListener("click", () => edit());
