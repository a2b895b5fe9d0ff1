// On a ticket's page: why it came to whom, what speaks against them, and for a ticket that nobody has what the rules found.
import { pageData, api } from "../../core/api.js";
import { html, icon, nothing } from "../../core/html.js";
import { t } from "../../core/i18n.js";
import { timeTag } from "../../core/parts.js";
import { registerPanel } from "../panels.js";
import { toast, toastError } from "../../core/toast.js";
import { codeText, reasons, skippedTexts } from "./words.js";

const others = (told) => {
  const texts = skippedTexts(told);
  return texts.length ? html`<details class="small"><summary class="soft">${t("Why not somebody else")}</summary><ul class="reasons small soft">${texts.map((text) => html`<li>${text}</li>`)}</ul></details>` : nothing;
};

const list = (texts) => html`<ul class="reasons small">${texts.map((text) => html`<li>${text}</li>`)}</ul>`;

function assigned(told) {
  return html`<h2>${t("Assigned to %(name)s", { name: told.name })}</h2>
    ${list(reasons(told))}
    ${(told.against ?? []).map((one) => html`<div class="small strong with-icon">${icon("alert-triangle", { size: "small" })}${t("%(name)s: %(why)s", { name: told.name, why: codeText(one) })}</div>`)}
    <div class="small soft">${timeTag(told.at)}</div>
    ${others(told)}`;
}

async function again() {
  try {
    await api.post(`/api/v1/tickets/${pageData.number}/placement`, {});
    toast(t("The rules look for somebody."));
  } catch (error) {
    toastError(error);
  }
}

function waiting({ since, told_at: told, why }) {
  if (!why) return html`<h2>${t("Assignment")}</h2><div class="small soft">${t("The rules look for somebody.")}</div>`;
  return html`<h2>${t("Nobody found yet")}</h2>
    ${list(reasons(why))}
    <div class="small soft">${t("looked for since")} ${timeTag(since)}</div>
    ${told ? html`<div class="small">${t("Supervisors were told")} ${timeTag(told)}</div>` : nothing}
    ${others(why)}
    ${pageData.may_write ? html`<button type="button" class="btn btn-sm" @click=${again}>${icon("refresh", { size: "small" })}${t("Look again now")}</button>` : nothing}`;
}

registerPanel("assignment", (data) => (data.assigned ? assigned(data.assigned) : data.waiting ? waiting(data.waiting) : nothing));
