// Settings: the catalogue of parts.
import { html, nothing } from "../core/html.js";
import { formatMoney, t, tn } from "../core/i18n.js";
import { check, field } from "../staff/fields.js";
import "./alternates.js";
import { major, minor } from "./money.js";
import { settingsList } from "./settings-list.js";
import { partName } from "./words.js";

settingsList(document.getElementById("list"), {
  id: "parts",
  label: t("Parts"),
  path: "/api/v1/parts",
  search: t("Name or number"),
  newTitle: t("New part"),
  editTitle: (row) => partName(row),
  columns: [
    { key: "name", label: t("Name"), fixed: true, cell: (row) => partName(row) },
    { key: "sku", label: t("Number"), cell: (row) => html`<code>${row.sku}</code>` },
    { key: "unit", label: t("Unit"), cell: (row) => row.unit },
    { key: "cost", label: t("Cost"), number: true, cell: (row) => formatMoney(row.cost, row.currency) },
    { key: "price", label: t("Price"), number: true, cell: (row) => formatMoney(row.price, row.currency) },
    { key: "supplier", label: t("Supplier"), cell: (row) => (row.supplier ? html`${row.supplier}${row.lead_days ? html` <span class="small soft nowrap">${tn("%(count)s day", "%(count)s days", row.lead_days)}</span>` : nothing}` : nothing) },
    { key: "alternates", label: t("Replaced by"), cell: (row) => (row.alternates.length ? row.alternates.map((one) => one.name).join(", ") : html`<span class="faint">–</span>`) },
    { key: "active", label: t("In use"), cell: (row) => (row.active ? t("yes") : html`<span class="soft">${t("no")}</span>`) },
  ],
  fields: (row) => html`<div class="fields">${field({ name: "name", label: t("Name"), value: row?.name, autofocus: true })}${field({ name: "sku", label: t("Number"), value: row?.sku, hint: t("As on the box: SKU or the maker's number") })}</div>
    <div class="fields">${field({ name: "names.zh_Hans", label: t("Name in Simplified Chinese"), value: row?.names?.zh_Hans, hint: t("Empty: as above") })}${field({ name: "names.zh_Hant", label: t("Name in Traditional Chinese"), value: row?.names?.zh_Hant })}</div>
    <div class="fields">${field({ name: "cost", label: t("Cost"), type: "number", value: row ? major(row.cost, row.currency) : 0, min: 0, step: "any", mode: "decimal" })}${field({ name: "price", label: t("Price"), type: "number", value: row ? major(row.price, row.currency) : 0, min: 0, step: "any", mode: "decimal" })}${field({ name: "currency", label: t("Currency"), value: row?.currency ?? "EUR" })}${field({ name: "unit", label: t("Unit"), value: row?.unit ?? "pc" })}</div>
    <div class="fields">${field({ name: "supplier", label: t("Usual supplier"), value: row?.supplier })}${field({ name: "lead_days", label: t("Days until it arrives"), type: "number", value: row?.lead_days ?? 0, min: 0, step: 1, mode: "numeric", hint: t("From the order on; what to buy counts back by them.") })}</div>
    ${field({ name: "core_value", label: t("Deposit for the old part"), type: "number", value: row?.core_value === null || row?.core_value === undefined ? "" : major(row.core_value, row.currency), min: 0, step: "any", mode: "decimal", hint: t("The old one has to come back when a new one is used. Empty: it need not.") })}
    ${check({ name: "serial_tracked", label: t("Tracked by serial numbers: every piece is named when it moves"), value: row?.serial_tracked ?? false })}
    <part-alternates .row=${row}></part-alternates>
    ${row ? check({ name: "active", label: t("In use"), value: row.active }) : nothing}`,
  body: ({ unsent_part: _unsent, ...values }) => ({
    ...values,
    cost: minor(values.cost, values.currency),
    price: minor(values.price, values.currency),
    core_value: values.core_value === null ? null : minor(values.core_value, values.currency),
    alternates: document.querySelector("dialog part-alternates").value,
  }),
  empty: { icon: "package", title: t("No parts yet"), text: t("Kinds of jobs name the parts they need; vans and warehouses hold them.") },
});
