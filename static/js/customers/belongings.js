// What a customer has: equipment with warranty and contract, sites, contracts.
import { api } from "../core/api.js";
import { chip } from "../core/parts.js";
import { html, icon, nothing } from "../core/html.js";
import { t, tn } from "../core/i18n.js";
import { formDialog } from "../staff/form-dialog.js";
import { contractFields, equipmentFields, siteFields } from "./forms.js";
import { formatDay, warrantyChip } from "./words.js";

const part = (title, count, add, content) => html`<section class="part">
  <div class="part-head"><h2>${title}</h2>${count ? html`<span class="count">${count}</span>` : nothing}<span class="grow"></span>${add}</div>${content}
</section>`;

const addButton = (may, label, open) => (may.write ? html`<button type="button" class="btn btn-sm" @click=${open}>${icon("plus")}${label}</button>` : nothing);
const editButton = (may, name, open) =>
  may.write ? html`<button type="button" class="btn btn-quiet btn-icon btn-sm" aria-label=${t("Change %(what)s", { what: name })} @click=${open}>${icon("pencil", { size: "small" })}</button>` : nothing;
const none = (text) => html`<div class="part-body soft">${text}</div>`;

export function belongings(context) {
  const { card, may } = context;
  return html`
    ${part(t("Equipment"), card.equipment.length, addButton(may, t("Add equipment"), () => equipment(context)),
      card.equipment.length ? html`<ul class="lines">${card.equipment.map((thing) => equipmentLine(thing, context))}</ul>` : none(t("Nothing known yet. What we repair is listed here with warranty and contract.")))}
    ${part(t("Sites"), card.sites.length, addButton(may, t("Add site"), () => site(context)),
      card.sites.length ? html`<ul class="lines">${card.sites.map((place) => siteLine(place, context))}</ul>` : none(t("No address yet. A visit needs one.")))}
    ${part(t("Contracts"), card.contracts.length, addButton(may, t("Add contract"), () => contract(context)),
      card.contracts.length ? html`<ul class="lines">${card.contracts.map((row) => contractLine(row, context))}</ul>` : none(t("No contract: work is charged unless the warranty covers it.")))}`;
}

function equipmentLine(thing, context) {
  const warranty = warrantyChip(thing);
  const facts = [thing.serial && t("No. %(serial)s", { serial: thing.serial }), thing.site, thing.installed_on && t("installed %(day)s", { day: formatDay(thing.installed_on) })].filter(Boolean);
  return html`<li class=${thing.retired_on ? "retired" : ""}>${icon("tool")}
    <div class="equipment-line">
      <span class="strong">${thing.label}</span>
      <span class="equipment-marks">${thing.retired_on ? chip(t("Out of use since %(day)s", { day: formatDay(thing.retired_on) })) : chip(warranty.text, { icon: "shield", kind: warranty.kind })}
        ${thing.contract ? chip(thing.contract.name, { icon: "file-text", kind: "brand", title: thing.contract.coverage }) : nothing}</span>
      <span class="equipment-more small soft">${facts.join(" · ")}</span>
      ${thing.notes ? html`<span class="equipment-more small notes-text">${thing.notes}</span>` : nothing}
    </div>${editButton(context.may, thing.label, () => equipment(context, thing))}</li>`;
}

function siteLine(place, context) {
  const map = place.latitude === null ? `https://www.openstreetmap.org/search?query=${encodeURIComponent(`${place.address}, ${place.country}`)}` : `https://www.openstreetmap.org/?mlat=${place.latitude}&mlon=${place.longitude}#map=17/${place.latitude}/${place.longitude}`;
  return html`<li>${icon("map-pin")}
    <div class="line-text">${place.name ? html`<div class="strong">${place.name}</div>` : nothing}
      <a class="link-plain" href=${map} target="_blank" rel="noreferrer">${place.address || place.name}</a> <span class="soft">${place.country}</span>
      ${place.access ? html`<div class="small notes-text">${icon("key", { size: "small" })} ${place.access}</div>` : nothing}</div>
    ${editButton(context.may, place.address || place.name, () => site(context, place))}</li>`;
}

function contractLine(row, context) {
  const until = row.ends_on ? t("%(from)s – %(until)s", { from: formatDay(row.starts_on), until: formatDay(row.ends_on) }) : t("since %(from)s", { from: formatDay(row.starts_on) });
  const covered = context.card.equipment.find((thing) => thing.id === row.equipment_id)?.label ?? t("everything of theirs");
  const visits = row.visits_per_year ? tn("%(count)s visit a year", "%(count)s visits a year", row.visits_per_year) : "";
  return html`<li class=${row.runs ? "" : "retired"}>${icon("file-text")}
    <div class="line-text"><span class="strong">${row.name}</span> ${row.runs ? nothing : chip(t("Not running"))}
      <div class="small soft">${[until, covered, row.coverage, visits].filter(Boolean).join(" · ")}</div></div>
    ${editButton(context.may, row.name, () => contract(context, row))}</li>`;
}

/** A dialog for one part; removing can be undone from the toast, because what was there is put in again. */
function dialog({ card, doing, refresh }, { row, path, noun, title, content, body, back }) {
  const remove = (close) => {
    close();
    doing(() => api.delete(`/api/v1/${path}/${row.id}`), t("%(what)s removed.", { what: title }), () => api.post(`/api/v1/customers/${card.id}/${noun}`, back));
  };
  formDialog({
    title,
    content,
    body,
    size: "wide",
    method: row ? "patch" : "post",
    path: row ? `/api/v1/${path}/${row.id}` : `/api/v1/customers/${card.id}/${noun}`,
    beside: row ? (close) => html`<button type="button" class="btn btn-quiet" @click=${() => remove(close)}>${icon("trash")}${t("Remove")}</button>` : nothing,
    done: refresh,
  });
}

const only = (row, keys) => (row ? Object.fromEntries(keys.map((key) => [key, row[key]])) : null);

function equipment(context, row = null) {
  dialog(context, {
    row, path: "equipment", noun: "equipment", title: row?.label ?? t("Add equipment"),
    content: equipmentFields(row, { sites: context.card.sites }),
    back: only(row, ["kind", "maker", "model", "serial", "site_id", "installed_on", "warranty_until", "retired_on", "notes"]),
  });
}

function site(context, row = null) {
  dialog(context, {
    row, path: "sites", noun: "sites", title: row?.address || row?.name || t("Add site"),
    content: siteFields(row),
    body: ({ time_zone: zone, ...values }) => (zone ? { ...values, time_zone: zone } : values),
    back: only(row, ["name", "street", "postal_code", "city", "country", "time_zone", "latitude", "longitude", "access"]),
  });
}

function contract(context, row = null) {
  dialog(context, {
    row, path: "contracts", noun: "contracts", title: row?.name ?? t("Add contract"),
    content: contractFields(row ?? { starts_on: context.today }, context.card.equipment),
    back: only(row, ["name", "coverage", "equipment_id", "starts_on", "ends_on", "visits_per_year"]),
  });
}
