// Mail on a ticket's page: what did not get through, what a stranger wrote, what nobody can send.
import { html, icon, nothing } from "../core/html.js";
import { t } from "../core/i18n.js";
import { chip, timeTag } from "../core/parts.js";
import { registerPanel } from "../tickets/panels.js";
import { confirmMessage, OUTGOING, sendAgain } from "./words.js";

const WHY = {
  no_address: () => t("The answer was not sent by mail: the customer has no email address."),
  no_mailbox: () => t("The answer was not sent by mail: no mailbox is set up."),
};

function line(mail) {
  const failed = ["failed", "bounced"].includes(mail.state);
  const state = mail.waits_for_server ? t("Waits: no mail server is set") : OUTGOING[mail.state]();
  return html`<li class="row-of wrap small">
    ${chip(state, { icon: failed ? "alert-circle" : "mail", kind: failed ? "strong" : "", title: mail.error ?? "" })}
    <span class="clip grow">${mail.recipient}</span>${timeTag(mail.sent_at ?? mail.created_at)}
    ${failed ? html`<button type="button" class="btn btn-sm" @click=${() => sendAgain(mail.id)}>${icon("refresh", { size: "small" })}${t("Try again")}</button>` : nothing}
    ${failed && mail.error ? html`<div class="tiny soft">${mail.error}</div>` : nothing}
  </li>`;
}

const stranger = (row) => html`<li class="row-of wrap small">
  ${icon("user-question")}<a class="clip grow" href="/mail/messages/${row.id}">${row.sender}</a>
  <button type="button" class="btn btn-sm" @click=${() => confirmMessage(row.id)}>${t("It belongs here")}</button>
</li>`;

registerPanel("mail", (data) => {
  const shown = data.outgoing.filter((mail, index) => mail.state !== "sent" || index === data.outgoing.length - 1);
  if (!shown.length && !data.unconfirmed.length && !data.why_unsent) return nothing;
  return html`<h2>${icon("mail")}${t("Mail")}</h2>
    ${data.why_unsent ? html`<p class="small">${WHY[data.why_unsent]()}</p>` : nothing}
    <ul class="lines">${data.unconfirmed.map(stranger)}${shown.map(line)}</ul>`;
});
