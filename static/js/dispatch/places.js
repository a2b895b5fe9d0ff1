// Settings: warehouses, vans and what is outside.
import { pageData } from "../core/api.js";
import { html, nothing } from "../core/html.js";
import { t } from "../core/i18n.js";
import { check, field, named, select } from "../staff/fields.js";
import { settingsList } from "./settings-list.js";
import { placeWord } from "./words.js";

const kinds = pageData.kinds.map((value) => ({ value, label: placeWord(value) }));
const number = (value) => (value === null || value === "" ? null : Number(value));

settingsList(document.getElementById("list"), {
  id: "places",
  label: t("Places"),
  path: "/api/v1/places",
  query: { all: true },
  newTitle: t("New place"),
  editTitle: (row) => row.name,
  columns: [
    { key: "name", label: t("Name"), fixed: true, cell: (row) => row.name },
    { key: "kind", label: t("Kind"), cell: (row) => placeWord(row.kind) },
    { key: "person", label: t("Technician"), cell: (row) => row.person ?? "" },
    { key: "active", label: t("In use"), cell: (row) => (row.active ? t("yes") : html`<span class="soft">${t("no")}</span>`) },
  ],
  fields: (row) => html`<div class="fields">${field({ name: "name", label: t("Name"), value: row?.name, autofocus: true })}
      ${row ? nothing : select({ name: "kind", label: t("Kind"), value: "warehouse", options: kinds })}</div>
    <div class="fields">${select({ name: "branch_id", label: t("Branch"), value: row?.branch_id, options: named(pageData.branches), none: t("none"), number: true })}
      ${!row || row.kind === "van" ? select({ name: "person_id", label: t("Technician"), value: row?.person_id, options: named(pageData.technicians), none: t("nobody"), number: true, hint: t("A van belongs to one technician.") }) : nothing}</div>
    <div class="fields">${field({ name: "latitude", label: t("Latitude"), type: "number", value: row?.latitude, step: "any", mode: "decimal", hint: t("So that fetching parts there counts in the way.") })}${field({ name: "longitude", label: t("Longitude"), type: "number", value: row?.longitude, step: "any", mode: "decimal" })}</div>
    ${row ? check({ name: "active", label: t("In use"), value: row.active }) : nothing}`,
  body: (values) => ({ ...values, latitude: number(values.latitude), longitude: number(values.longitude) }),
  empty: { icon: "building-warehouse", title: t("No places yet"), text: t("Add a warehouse first, then a van for each technician.") },
});
