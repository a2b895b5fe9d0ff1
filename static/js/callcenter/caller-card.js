// Right: who it is that we talk to, what they have and what covers it, what is open for them, when we last spoke. Live by `caller:<id>`.
import { channel } from "../core/connection.js";
import { clockChip } from "../core/clock-chip.js";
import { html, icon, nothing, render } from "../core/html.js";
import { formatDate, formatMoment, t } from "../core/i18n.js";
import { serverNow } from "../core/live.js";
import { chip, empty, skeleton, timeTag } from "../core/parts.js";
import { patch } from "../tickets/actions.js";
import { CHANNEL_ICONS, chipOf, firstClock, statusWord } from "../tickets/words.js";
import { callerLink } from "./caller-link.js";
import { dispositionWord, languageName, outcomeWord, tierWord } from "./words.js";

const CONSENTS = { recording: () => t("recording calls"), sms: () => t("text messages"), email: () => t("email") };
const VISIT = {
  proposed: () => t("visit proposed"),
  booked: () => t("visit booked"),
  on_the_way: () => t("technician on the way"),
  on_site: () => t("technician on site"),
};
const day = (text) => formatDate(`${text}T12:00:00Z`, { zone: "UTC", year: true, weekday: false });

/** "in warranty until 3 May 2027". */
export function warrantyWords(thing) {
  if (!thing.warranty_until) return t("no warranty known");
  const until = day(thing.warranty_until);
  if (thing.warranty === "over") return t("out of warranty since %(day)s", { day: until });
  return thing.warranty === "ending" ? t("in warranty until %(day)s, ends soon", { day: until }) : t("in warranty until %(day)s", { day: until });
}

const contractWords = (contract) =>
  [contract.name, contract.ends_on ? t("until %(day)s", { day: day(contract.ends_on) }) : "", contract.coverage].filter(Boolean).join(" · ");

/** `ticket()` is the one shown in the middle; `onCard()` after the customer changed. Returns {show({customerId, call, ticket}), email(customerId)}. */
export function callerCard(place, { ticket, onCard }) {
  let customerId = null;
  let watched = null;
  let about = {};
  const linking = callerLink(() => about);

  function show(found) {
    about = found;
    const wanted = found.customerId ?? null;
    if (wanted !== customerId) {
      watched?.close();
      customerId = wanted;
      watched = wanted === null ? null : channel.watch(`caller:${wanted}`, { onReset: changed, onChange: changed });
    }
    draw();
  }

  function changed() {
    draw();
    onCard();
  }

  /** The first address that takes mail, as answers choose it; empty when none is known. */
  function email(id) {
    const card = id !== null && id === customerId ? watched?.rows.get("card") : null;
    return card?.contact_points.find((point) => point.kind === "email" && !point.undeliverable_at)?.value ?? "";
  }

  function draw() {
    if (customerId !== null) {
      const card = watched?.rows.get("card");
      render(card ? whole(card, watched.rows) : skeleton(6), place);
    } else if (about.coming) {
      render(skeleton(6), place);
    } else if (about.call || about.ticket) {
      render(linking.draw(draw), place);
    } else {
      render(empty({ icon: "user-circle", title: t("No caller"), text: t("Who calls, what they have and what is open for them stands here.") }), place);
    }
  }

  const whole = (card, rows) => html`
    <section class="caller-part">
      <h2 class="caller-name"><a href=${`/customers/${card.id}`}>${card.name}</a></h2>
      <div class="row-of wrap">${chip(tierWord(card.tier), { icon: card.tier === "standard" ? "" : "star", kind: card.tier === "standard" ? "" : "strong" })}
        ${chip(languageName(card.language), { icon: "language" })}
        ${card.organisation ? html`<a class="chip" href=${`/customers/${card.organisation.id}`}>${icon("building")}${card.organisation.name}</a>` : nothing}
        ${card.archived_at ? chip(t("archived"), { icon: "archive", kind: "strong" }) : nothing}</div>
      <ul class="plain-list small">${card.contact_points.map((point) => html`<li>${icon(point.kind === "phone" ? "phone" : "mail", { size: "small" })}<span class="clip">${point.text}</span>${point.label ? html`<span class="soft">${point.label}</span>` : nothing}</li>`)}</ul>
      ${card.representative ? html`<div class="small soft">${t("Looked after by %(name)s", { name: card.representative })}</div>` : nothing}
      ${card.notes ? html`<p class="note small">${icon("note", { size: "small" })}<span>${card.notes}</span></p>` : nothing}
    </section>
    ${visits(rows)}${tickets(rows)}${equipment(card)}${sites(card)}${contacts(rows)}${consent(card)}`;

  function visits(rows) {
    const found = named(rows, "visit:");
    if (!found.length) return nothing;
    return html`<section class="caller-part"><h3>${t("Visits")}</h3><ul class="plain-list">${found.map(
      (visit) => html`<li class="stack tight"><span class="strong row-of">${icon("truck", { size: "small" })}${VISIT[visit.status]?.() ?? visit.status}, ${formatMoment(visit.status === "booked" ? (visit.promised_from ?? visit.planned_start) : visit.planned_start, { now: new Date(serverNow()) })}</span>
        <span class="small soft">${[visit.job_type?.name, visit.person ?? [visit.technician, ...(visit.helpers ?? []).map((one) => one.name)].filter(Boolean).join(", ")].filter(Boolean).join(" · ")}</span></li>`,
    )}</ul></section>`;
  }

  function tickets(rows) {
    const found = named(rows, "ticket:").sort((a, b) => b.number - a.number);
    return html`<section class="caller-part"><h3>${t("Open tickets")}<span class="count">${found.length}</span></h3>
      ${found.length ? nothing : html`<p class="small soft">${t("Nothing is open.")}</p>`}
      <ul class="plain-list">${found.map((row) => {
        const clock = firstClock(row);
        return html`<li><a class="caller-ticket" href=${`/console?ticket=${row.number}`} data-console-ticket=${row.number}>
          <span class="row-of apart tiny soft"><span class="number">#${row.number} · ${statusWord(row)}</span>${clock ? clockChip({ ...chipOf(clock), explain: undefined }, { bare: true }) : nothing}</span>
          <span class="clip">${row.subject}</span></a></li>`;
      })}</ul></section>`;
  }

  function equipment(card) {
    const found = card.equipment.filter((thing) => !thing.retired_on);
    const current = ticket();
    const about = (thing) =>
      current && current.customer_id === card.id && current.equipment_id !== thing.id
        ? html`<button type="button" class="btn btn-sm" data-equipment=${thing.id} @click=${() => patch(current.number, { equipment_id: thing.id, ...(thing.site_id ? { site_id: thing.site_id } : {}) }, t("It is about %(thing)s", { thing: thing.label }))}>${t("It is about this")}</button>`
        : nothing;
    return html`<section class="caller-part"><h3>${t("Equipment")}<span class="count">${found.length}</span></h3>
      ${found.length ? nothing : html`<p class="small soft">${t("Nothing is known of.")}</p>`}
      <ul class="plain-list">${found.map(
        (thing) => html`<li class="thing" data-current=${String(current?.equipment_id === thing.id)}>
          <strong>${thing.label || thing.kind}</strong>
          ${thing.serial ? html`<span class="small soft">${t("Serial %(serial)s", { serial: thing.serial })}</span>` : nothing}
          <span class="small row-of">${icon(thing.warranty === "covered" || thing.warranty === "ending" ? "shield-check" : "shield", { size: "small" })}${warrantyWords(thing)}</span>
          <span class="small row-of">${icon("certificate", { size: "small" })}${thing.contract ? contractWords(thing.contract) : t("no contract")}</span>
          ${about(thing)}</li>`,
      )}</ul></section>`;
  }

  const sites = (card) =>
    card.sites.length
      ? html`<section class="caller-part"><h3>${t("Sites")}</h3><ul class="plain-list small">${card.sites.map(
          (site) => html`<li class="stack tight"><span>${icon("map-pin", { size: "small" })}${site.address || site.name}</span>${site.access ? html`<span class="soft">${site.access}</span>` : nothing}</li>`,
        )}</ul></section>`
      : nothing;

  function contacts(rows) {
    const found = rows.get("contacts") ?? [];
    const what = (contact) =>
      contact.kind === "call" ? [t("Call"), contact.disposition ? dispositionWord(contact.disposition) : outcomeWord(contact)].join(", ") : contact.kind === "message_in" ? t("Wrote to us") : t("We answered");
    return html`<section class="caller-part"><h3>${t("Last contacts")}</h3>
      ${found.length ? nothing : html`<p class="small soft">${t("This is the first.")}</p>`}
      <ul class="plain-list small">${found.map(
        (contact) => html`<li class="stack tight"><span class="row-of apart"><span class="row-of">${icon(CHANNEL_ICONS[contact.channel] ?? "message", { size: "small" })}${what(contact)}</span><span class="soft tiny">${timeTag(contact.at)}</span></span>
          ${contact.text ? html`<span class="soft clip">${contact.text}</span>` : nothing}</li>`,
      )}</ul></section>`;
  }

  const consent = (card) => html`<section class="caller-part"><h3>${t("Consent")}</h3><ul class="plain-list small">
    ${Object.entries(CONSENTS).map(([kind, word]) => {
      const answer = card.consent[kind];
      const said = answer ? (answer.given ? t("agreed %(time)s", { time: formatDate(answer.at, { year: true, weekday: false }) }) : t("refused %(time)s", { time: formatDate(answer.at, { year: true, weekday: false }) })) : t("not asked");
      return html`<li class="row-of apart"><span class="row-of">${icon(answer?.given ? "circle-check" : answer ? "circle-x" : "circle", { size: "small" })}${word()}</span><span class="soft">${said}</span></li>`;
    })}</ul></section>`;

  return { show, email };
}

const named = (rows, prefix) => [...rows].filter(([key]) => key.startsWith(prefix)).map(([, row]) => row);
