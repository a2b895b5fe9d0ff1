// Customers: the list with search.
import { api, pageData } from "../core/api.js";
import { dataTable } from "../core/table.js";
import { chip, timeTag } from "../core/parts.js";
import { html, icon, nothing } from "../core/html.js";
import { t } from "../core/i18n.js";

const tiers = Object.fromEntries(pageData.tiers.map((tier) => [tier.key, tier.name]));
let typing = 0;

const of = (customer, kind) => customer.contact_points.filter((point) => point.kind === kind);
const several = (points) =>
  points.length ? html`<span class="nowrap">${points[0].text}</span>${points.length > 1 ? html` <span class="count" title=${points.map((point) => point.text).join(", ")}>+${points.length - 1}</span>` : nothing}` : nothing;

function tools(table) {
  const { q = "", tier = "", archived = "" } = table.state.filters;
  const search = (event) => {
    clearTimeout(typing);
    const { value } = event.target;
    typing = setTimeout(() => table.setFilters({ q: value }, { step: false }), 200);
  };
  return html`<input class="form-control table-search" type="search" aria-label=${t("Search customers")}
      placeholder=${t("Name, number, address, serial")} .value=${q} @input=${search} />
    <select class="form-select w-auto" aria-label=${t("Tier")} @change=${(event) => table.setFilters({ tier: event.target.value })}>
      <option value="">${t("All tiers")}</option>
      ${pageData.tiers.map((one) => html`<option value=${one.key} ?selected=${one.key === tier}>${one.name}</option>`)}
    </select>
    <button type="button" class="btn" aria-pressed=${archived ? "true" : "false"} @click=${() => table.setFilters({ archived: archived ? "" : "true" })}>${icon("archive")}${t("Archived")}</button>`;
}

dataTable(document.getElementById("customers"), {
  id: "customers",
  label: t("Customers"),
  columns: [
    { key: "name", label: t("Name"), fixed: true, cell: (row) => html`<span class="row-of">${icon(row.kind === "organisation" ? "building" : "user", { size: "small" })}<span class="strong">${row.name}</span></span>` },
    { key: "phone", label: t("Phone"), cell: (row) => several(of(row, "phone")) },
    { key: "email", label: t("Email"), cell: (row) => several(of(row, "email")) },
    { key: "address", label: t("Address"), cell: (row) => row.address },
    { key: "tier", label: t("Tier"), cell: (row) => (row.tier === "standard" ? html`<span class="soft">${tiers[row.tier]}</span>` : chip(tiers[row.tier] ?? row.tier, { kind: "brand" })) },
    { key: "contact", label: t("Last contact"), cell: (row) => timeTag(row.last_contact_at) },
    { key: "updated", label: t("Changed"), hidden: true, cell: (row) => timeTag(row.updated_at) },
  ],
  key: (row) => row.id,
  load: ({ after, filters }) => api.get("/api/v1/customers", { after, q: filters.q, tier: filters.tier, archived: filters.archived || undefined }),
  open: (row) => `/customers/${row.id}`,
  tools,
  empty: {
    icon: "users",
    title: t("No customers found"),
    text: t("Search by name, by number or its last four digits, by address, email or serial number."),
    action: pageData.may.write
      ? html`<div class="row-of wrap"><a class="btn" href="/customers/new">${t("New customer")}</a>${pageData.may.import ? html`<a class="btn" href="/customers/import">${t("Import a list")}</a>` : nothing}</div>`
      : nothing,
  },
});
