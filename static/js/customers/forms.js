// Fields of everything that belongs to a customer, for new ones and for corrections.
import { pageData } from "../core/api.js";
import { html, nothing } from "../core/html.js";
import { t } from "../core/i18n.js";
import { area, countries, field, languages, named, select, zones } from "../staff/fields.js";
import { KINDS } from "./words.js";

const countryChoices = countries(pageData.countries);

export const basicFields = (row, { notes = true } = {}) => html`
  <div class="fields">
    ${field({ name: "name", label: t("Name"), value: row?.name, autofocus: true })}
    ${select({ name: "kind", label: t("Kind"), value: row?.kind ?? "person", options: Object.entries(KINDS).map(([value, label]) => ({ value, label })) })}
  </div>
  <div class="fields">
    ${select({ name: "tier", label: t("Tier"), value: row?.tier ?? "standard", options: named(pageData.tiers) })}
    ${select({ name: "language", label: t("Language"), value: row?.language ?? "en", options: languages(pageData.languages), hint: t("Of messages to them") })}
    ${select({ name: "representative_id", label: t("Looked after by"), value: row?.representative_id, options: named(pageData.people), none: t("Nobody in particular"), number: true })}
  </div>
  ${notes ? area({ name: "notes", label: t("Notes"), value: row?.notes }) : nothing}`;

/** Names begin with `prefix` ("sites.0."). */
export const siteFields = (row, { prefix = "", whole = true } = {}) => html`
  ${whole ? field({ name: `${prefix}name`, label: t("Name of the site"), value: row?.name, placeholder: t("Workshop, rear building…"), autofocus: !prefix }) : nothing}
  ${field({ name: `${prefix}street`, label: t("Street and number"), value: row?.street })}
  <div class="fields">
    ${field({ name: `${prefix}postal_code`, label: t("Postal code"), value: row?.postal_code })}
    ${field({ name: `${prefix}city`, label: t("City"), value: row?.city })}
    ${select({ name: `${prefix}country`, label: t("Country"), value: row?.country ?? pageData.country, options: countryChoices })}
  </div>
  ${area({ name: `${prefix}access`, label: t("Access"), value: row?.access, hint: t("How a technician gets in: bell, key, hours, dog") })}
  ${whole ? html`<details class="more-fields"><summary>${t("Time zone and position")}</summary><div class="fields">
      ${select({ name: `${prefix}time_zone`, label: t("Time zone"), value: row?.time_zone, options: zones(pageData.zones), none: t("As our nearest branch") })}
      ${field({ name: `${prefix}latitude`, label: t("Latitude"), value: row?.latitude, type: "number", step: "any" })}
      ${field({ name: `${prefix}longitude`, label: t("Longitude"), value: row?.longitude, type: "number", step: "any" })}
    </div></details>` : nothing}`;

export const equipmentFields = (row, { prefix = "", sites = null } = {}) => html`
  <div class="fields">
    ${field({ name: `${prefix}kind`, label: t("What it is"), value: row?.kind, placeholder: t("Boiler, lift, fridge…"), autofocus: !prefix })}
    ${field({ name: `${prefix}maker`, label: t("Maker"), value: row?.maker })}
    ${field({ name: `${prefix}model`, label: t("Model"), value: row?.model })}
    ${field({ name: `${prefix}serial`, label: t("Serial number"), value: row?.serial })}
  </div>
  <div class="fields">
    ${field({ name: `${prefix}installed_on`, label: t("Installed on"), value: row?.installed_on, type: "date" })}
    ${field({ name: `${prefix}warranty_until`, label: t("Warranty until"), value: row?.warranty_until, type: "date", hint: t("The last day covered") })}
    ${row ? field({ name: `${prefix}retired_on`, label: t("Taken out of use on"), value: row.retired_on, type: "date" }) : nothing}
    ${sites?.length ? select({ name: `${prefix}site_id`, label: t("Stands at"), value: row ? row.site_id : sites[0].id, options: sites.map((site) => ({ value: site.id, label: site.name || site.address })), none: t("Not known"), number: true }) : nothing}
  </div>
  ${prefix ? nothing : area({ name: "notes", label: t("Notes"), value: row?.notes })}`;

export const contractFields = (row, equipment) => html`
  <div class="fields">
    ${field({ name: "name", label: t("Name"), value: row?.name, placeholder: t("Full service, maintenance…"), autofocus: true })}
    ${select({ name: "equipment_id", label: t("Covers"), value: row?.equipment_id, options: equipment.map((thing) => ({ value: thing.id, label: thing.label })), none: t("Everything of theirs"), number: true })}
  </div>
  ${field({ name: "coverage", label: t("Coverage"), value: row?.coverage, placeholder: t("Labour and parts, answer within 4 h") })}
  <div class="fields">
    ${field({ name: "starts_on", label: t("From"), value: row?.starts_on, type: "date" })}
    ${field({ name: "ends_on", label: t("Until"), value: row?.ends_on, type: "date", hint: t("Empty: open end") })}
    ${field({ name: "visits_per_year", label: t("Visits a year"), value: row?.visits_per_year ?? 0, type: "number", min: 0, max: 366 })}
  </div>`;
