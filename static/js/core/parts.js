// Small parts of pages for scripts; templates have the same in templates/core/parts.html.
import { formatFull, formatMoment, formatNumber, t } from "./i18n.js";
import { html, icon, ifDefined, nothing, vars } from "./html.js";

/** Nothing here, and what to do next: `empty({icon: "inbox", title, text, action: html`<a …>`})`. */
export const empty = ({ icon: picture = "inbox", title, text = "", action = nothing }) =>
  html`<div class="empty-state">${icon(picture, { size: "large" })}<h2>${title}</h2>${text ? html`<p>${text}</p>` : nothing}${action}</div>`;

/** Grey lines while something loads. */
export const skeleton = (lines = 4) =>
  html`<div class="skeleton" role="status"><span class="visually-hidden">${t("Loading")}</span>${Array.from({ length: lines }, () => html`<span class="skeleton-line"></span>`)}</div>`;

/** It failed, with "try again". `error` is an ApiError. */
export const problem = (error, again) =>
  html`<div class="empty-state" role="alert">${icon(error.offline ? "cloud-off" : "alert-circle", { size: "large" })}
    <h2>${error.title}</h2>
    <button type="button" class="btn" @click=${again}>${icon("refresh")}${t("Try again")}</button></div>`;

/** A count whose digits roll when it changes. Keep it in the same place of a template. */
export function rolling(value) {
  const text = typeof value === "number" ? formatNumber(value) : String(value ?? "");
  const digit = (sign) => (/\d/.test(sign)
    ? html`<span class="rolling-digit" ${vars({ "--digit": sign })}>${"0\n1\n2\n3\n4\n5\n6\n7\n8\n9"}</span>`
    : html`<span>${sign}</span>`);
  // From the right: the ones stay the ones when the number gets longer.
  return html`<span class="visually-hidden">${text}</span><span class="rolling" aria-hidden="true">${[...text].map(digit)}</span>`;
}

/** A tile with one figure: `{label, value, unit, level: "" | ok | near | over, href, hint, title}`. */
export function tile({ label, value, unit = "", level = "", href = "", hint = "", title = "" }) {
  const inside = html`<span class="tile-label">${label}</span><span class="tile-value">${rolling(value)}${unit ? html`<small>${unit}</small>` : nothing}</span>${hint ? html`<span class="tiny soft">${hint}</span>` : nothing}`;
  return href
    ? html`<a class="tile" href=${href} title=${ifDefined(title || undefined)} data-level=${ifDefined(level || undefined)}>${inside}</a>`
    : html`<div class="tile" title=${ifDefined(title || undefined)} data-level=${ifDefined(level || undefined)}>${inside}</div>`;
}

/** "3 new": stands above a list that is held. */
export const holdBar = (text, show) =>
  html`<div class="hold-bar"><button type="button" @click=${show}>${icon("arrow-up", { size: "small" })}${text}</button></div>`;

/** A time as people need it, in full on hover. */
export const timeTag = (value, options = {}) =>
  value ? html`<time datetime=${new Date(value).toISOString()} title=${formatFull(value, options)}>${formatMoment(value, options)}</time>` : nothing;

/** A person's letters: AK, 小明. */
export function initials(name = "") {
  const words = name.trim().split(/\s+/);
  if (words.length > 1) return (words[0][0] + words.at(-1)[0]).toUpperCase();
  return name.codePointAt(0) > 0x2e80 ? name.slice(-2) : name.slice(0, 2).toUpperCase();
}
export const avatar = (name) => html`<span class="avatar-letters" title=${name}>${initials(name)}</span>`;

/** A small fact; `kind` "" | brand | strong | solid. */
export const chip = (text, { icon: picture = "", kind = "", title = "" } = {}) =>
  html`<span class=${kind ? `chip chip-${kind}` : "chip"} title=${ifDefined(title || undefined)}>${picture ? icon(picture) : nothing}${text}</span>`;
