// One message: try it again, discard it with a reason, confirm a stranger's.
import { pageData } from "../core/api.js";
import { html, icon, nothing, render } from "../core/html.js";
import { t } from "../core/i18n.js";
import { area } from "../staff/fields.js";
import { formDialog } from "../staff/form-dialog.js";
import { confirmMessage, retry } from "./words.js";

const again = () => location.reload();

function discard() {
  formDialog({
    title: t("Discard this message"),
    content: html`<p class="soft">${t("Nobody will answer it. It stays kept.")}</p>${area({ name: "reason", label: t("Why?") })}`,
    path: `/api/v1/mail/messages/${pageData.id}/discard`,
    save: t("Discard"),
    done: again,
  });
}

const quarantined = pageData.state === "quarantined" && pageData.may_manage;
render(
  html`${quarantined
    ? html`<button type="button" class="btn btn-primary" @click=${() => retry(pageData.id, again)}>${icon("refresh")}${t("Try again")}</button>
        <button type="button" class="btn" @click=${discard}>${icon("trash")}${t("Discard")}</button>`
    : nothing}
  ${pageData.reason === "stranger"
    ? html`<button type="button" class="btn btn-primary" @click=${() => confirmMessage(pageData.id, again)}>${icon("check")}${t("It belongs to the ticket")}</button>`
    : nothing}`,
  document.getElementById("actions"),
);
