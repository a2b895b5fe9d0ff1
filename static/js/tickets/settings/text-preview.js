// What texts that are being written would say on a real ticket: its values instead of the variables, in each language.
import { api } from "../../core/api.js";
import { formValues } from "../../core/form.js";
import { html, icon, nothing, render } from "../../core/html.js";
import { formatList, t } from "../../core/i18n.js";

const LANGUAGES = { en: "English", zh_Hans: "简体中文", zh_Hant: "繁體中文" };

const shown = ({ language, text, missing }) => html`<div class="note"><div class="grow"><div class="tiny soft">${LANGUAGES[language]}</div><div class="timeline-text">${text}</div>
  ${missing.length ? html`<div class="small soft">${t("Not known there, left out: %(names)s", { names: formatList(missing) })}</div>` : nothing}</div></div>`;

async function look(button, name) {
  const form = button.closest("form");
  const place = form.querySelector(".text-preview");
  const number = form.querySelector(".text-preview-ticket").value;
  if (!number) {
    form.querySelector(".text-preview-ticket").focus();
    return;
  }
  try {
    const { items } = await api.post(`/api/v1/tickets/${number}/text-previews`, { texts: formValues(form)[name] ?? {} });
    render(html`${items.map(shown)}`, place);
  } catch (error) {
    render(html`<p class="small" role="alert">${icon("alert-circle", { size: "small" })} ${error.title}</p>`, place);
  }
}

/** A number of a ticket and a button; below, the texts of the fields `name.<language>` as they would be there. */
export const textPreview = (name) => html`<div class="stack tight">
  <div class="row-of wrap"><label class="small" for="text-preview-ticket">${t("Look at it with ticket number")}</label>
    <input id="text-preview-ticket" class="form-control text-preview-ticket" inputmode="numeric" pattern="[0-9]*" autocomplete="off" @keydown=${(event) => { if (event.key === "Enter") { event.preventDefault(); look(event.target, name); } }}>
    <button type="button" class="btn btn-sm" @click=${(event) => look(event.target, name)}>${icon("eye", { size: "small" })}${t("Look")}</button></div>
  <div class="text-preview stack tight" aria-live="polite"></div></div>`;
