// The customer's card: facts, contact points, consent, notes.
import { api, pageData } from "../core/api.js";
import { chip, timeTag } from "../core/parts.js";
import { html, icon, nothing } from "../core/html.js";
import { formatDate, t } from "../core/i18n.js";
import { field } from "../staff/fields.js";
import { formDialog } from "../staff/form-dialog.js";
import { KINDS } from "./words.js";

const tiers = Object.fromEntries(pageData.tiers.map((tier) => [tier.key, tier.name]));

export function side(context) {
  const { card, may } = context;
  return html`<section class="part">
      <div class="part-head"><h2 class="grow">${KINDS[card.kind]}</h2>${chip(tiers[card.tier] ?? card.tier, { kind: card.tier === "standard" ? "" : "brand" })}</div>
      <div class="part-body"><dl class="facts">
        <dt>${t("Number")}</dt><dd>${card.id}</dd>
        <dt>${t("Language")}</dt><dd>${pageData.languages[card.language] ?? card.language}</dd>
        ${card.organisation ? html`<dt>${t("Belongs to")}</dt><dd><a href="/customers/${card.organisation.id}">${card.organisation.name}</a></dd>` : nothing}
        ${card.representative ? html`<dt>${t("Looked after by")}</dt><dd>${card.representative}</dd>` : nothing}
        ${card.last_contact_at ? html`<dt>${t("Last contact")}</dt><dd>${timeTag(card.last_contact_at)}</dd>` : nothing}
        <dt>${t("Customer since")}</dt><dd>${formatDate(card.created_at, { year: true, weekday: false })}</dd>
      </dl></div>
    </section>
    <section class="part">
      <div class="part-head"><h2 class="grow">${t("Contact")}</h2>
        ${may.write ? html`<button type="button" class="btn btn-sm" @click=${() => addContact(context)}>${icon("plus")}${t("Add")}</button>` : nothing}</div>
      ${card.contact_points.length
        ? html`<ul class="lines">${card.contact_points.map((point) => contactLine(point, context))}</ul>`
        : html`<div class="part-body soft">${t("No number and no address yet: nobody is recognised when they call or write.")}</div>`}
    </section>
    <section class="part">
      <div class="part-head"><h2 class="grow">${t("Consent")}</h2></div>
      <ul class="lines">${pageData.consents.map((kind) => consentLine(kind, context))}</ul>
    </section>
    ${card.notes ? html`<section class="part"><div class="part-head"><h2>${t("Notes")}</h2></div><div class="part-body notes-text">${card.notes}</div></section>` : nothing}
    ${may.write && !card.archived_at ? html`<div><button type="button" class="btn btn-quiet" @click=${() => context.archive(true)}>${icon("archive")}${t("Archive this customer")}</button></div>` : nothing}`;
}

function contactLine(point, context) {
  const address = point.kind === "phone" ? `tel:${point.value}${point.extension ? `;ext=${point.extension}` : ""}` : `mailto:${point.value}`;
  return html`<li>${icon(point.kind === "phone" ? "phone" : "mail")}
    <div class="line-text"><a class="link-plain" href=${address}>${point.text}</a>
      ${point.label ? html`<div class="small soft">${point.label}</div>` : nothing}
      ${point.undeliverable_at ? html`<div class="small strong">${t("Mail came back")} ${timeTag(point.undeliverable_at)}</div>` : nothing}</div>
    ${context.may.write ? html`<button type="button" class="btn btn-quiet btn-icon btn-sm" aria-label=${t("Change %(what)s", { what: point.text })} @click=${() => changeContact(point, context)}>${icon("pencil", { size: "small" })}</button>` : nothing}
  </li>`;
}

const labelField = (value = "") => field({ name: "label", label: t("What it is"), value, placeholder: t("Mobile, office, caretaker…") });

function addContact({ card, refresh }) {
  formDialog({
    title: t("Add a number or an address"),
    path: `/api/v1/customers/${card.id}/contact-points`,
    size: "small",
    // What it is shows itself: an address has an @.
    content: html`${field({ name: "value", label: t("Phone number or email address"), autofocus: true })}${labelField()}`,
    body: ({ value, label }) => ({ value, label, kind: value.includes("@") ? "email" : "phone" }),
    done: refresh,
  });
}

function changeContact(point, { card, doing, refresh }) {
  const remove = (close) => {
    close();
    const { kind, value, extension, label } = point;
    doing(
      () => api.delete(`/api/v1/contact-points/${point.id}`),
      t("%(what)s removed.", { what: point.text }),
      () => api.post(`/api/v1/customers/${card.id}/contact-points`, { kind, label, value: extension ? `${value};ext=${extension}` : value }),
    );
  };
  formDialog({
    title: point.kind === "phone" ? t("Phone number") : t("Email address"),
    method: "patch",
    path: `/api/v1/contact-points/${point.id}`,
    size: "small",
    content: html`${field({ name: "value", label: point.kind === "phone" ? t("Phone number") : t("Email address"), value: point.text, autofocus: true })}${labelField(point.label)}`,
    beside: (close) => html`<button type="button" class="btn btn-quiet" @click=${() => remove(close)}>${icon("trash")}${t("Remove")}</button>`,
    done: refresh,
  });
}

function consentLine({ key, name }, { card, may, doing }) {
  const answer = card.consent[key];
  const say = (given) => () => doing(() => api.post(`/api/v1/customers/${card.id}/consents`, { kind: key, given, source: "agent" }));
  const choice = (given, label) => html`<button type="button" aria-pressed=${String(answer?.given === given)} @click=${say(given)}>${label}</button>`;
  return html`<li><div class="line-text">${name}<div class="small soft">${answer ? timeTag(answer.at) : t("not asked yet")}</div></div>
    ${may.write
      ? html`<div class="choice" role="group" aria-label=${name}>${choice(true, t("Yes"))}${choice(false, t("No"))}</div>`
      : chip(answer ? (answer.given ? t("Yes") : t("No")) : "–")}</li>`;
}
