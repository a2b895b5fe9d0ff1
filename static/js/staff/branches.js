// Branches: our locations.
import { pageData } from "../core/api.js";
import { chip } from "../core/parts.js";
import { html, nothing } from "../core/html.js";
import { t } from "../core/i18n.js";
import { check, countries, field, languages, select, zones } from "./fields.js";
import { simpleList } from "./simple-list.js";

const country = Object.fromEntries(countries(pageData.countries).map(({ value, label }) => [value, label]));

simpleList(document.getElementById("branches"), {
  id: "branches",
  label: t("Branches"),
  path: "/api/v1/branches",
  newTitle: t("New branch"),
  editTitle: (row) => row.name,
  columns: [
    { key: "name", label: t("Name"), fixed: true, cell: (row) => html`${row.name} ${row.active ? nothing : chip(t("Closed"))}` },
    { key: "address", label: t("Address"), cell: (row) => row.address },
    { key: "country", label: t("Country"), cell: (row) => country[row.country] ?? row.country },
    { key: "time_zone", label: t("Time zone"), cell: (row) => row.time_zone.replaceAll("_", " ") },
  ],
  fields: (row) => html`
    ${field({ name: "name", label: t("Name"), value: row?.name, autofocus: true })}
    ${field({ name: "address", label: t("Address"), value: row?.address })}
    <div class="fields">
      ${select({ name: "country", label: t("Country"), value: row?.country ?? "DE", options: countries(pageData.countries), hint: t("Phone numbers without a country code are read as from here.") })}
      ${select({ name: "time_zone", label: t("Time zone"), value: row?.time_zone ?? "Europe/Berlin", options: zones(pageData.zones) })}
      ${select({ name: "language", label: t("Language"), value: row?.language ?? "en", options: languages(pageData.languages) })}
    </div>
    <div class="fields">
      ${field({ name: "latitude", label: t("Latitude"), value: row?.latitude, type: "number", step: "any", hint: t("Where technicians start from") })}
      ${field({ name: "longitude", label: t("Longitude"), value: row?.longitude, type: "number", step: "any" })}
    </div>
    ${row ? check({ name: "active", label: t("Open"), value: row.active }) : nothing}`,
  empty: { icon: "building", title: t("No branches yet"), text: t("People, working hours and stock belong to a branch.") },
});
