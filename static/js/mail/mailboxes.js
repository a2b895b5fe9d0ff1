// Settings of mailboxes, with a check of the IMAP server.
import { ApiError, pageData, request } from "../core/api.js";
import { html, icon, nothing } from "../core/html.js";
import { t } from "../core/i18n.js";
import { chip, timeTag } from "../core/parts.js";
import { toast, toastError } from "../core/toast.js";
import { area, check, field, languages, named, select } from "../staff/fields.js";
import { simpleList } from "../staff/simple-list.js";

const ENCRYPTIONS = [
  { value: "ssl", label: t("Encrypted (port 993)") },
  { value: "starttls", label: t("STARTTLS (port 143)") },
  { value: "none", label: t("Not encrypted") },
];

const { providers } = pageData;
const WAYS = [{ value: "password", label: t("Password") }, ...Object.entries(providers).map(([value, one]) => ({ value, label: t("OAuth2: %(provider)s", { provider: one.name }) }))];

if (pageData.said) toast(pageData.said.text, pageData.said.ok ? {} : { kind: "problem" });

async function look(row) {
  try {
    const found = await request("POST", `/settings/mailboxes/${row.id}/check`, undefined, { retry: false, timeout: 60_000 });
    if (found.ok) toast(t("It works: %(count)s messages, %(unseen)s of them new.", { count: found.messages, unseen: found.unseen }));
    else toast(found.problem, { kind: "problem" });
    table.reload();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toastError(error);
  }
}

const byPermission = (row) => row.fetch.auth in providers;
const connect = (row) =>
  html`<a class="btn btn-sm ${row.fetch.connected ? "" : "btn-primary"}" href="/settings/mailboxes/${row.id}/consent">${icon("link", { size: "small" })}${row.fetch.connected ? t("Connect again") : t("Connect")}</a>`;
const way = (row) =>
  row.fetch.host
    ? html`${row.fetch.user} @ ${row.fetch.host} ${byPermission(row) ? connect(row) : nothing} <button type="button" class="btn btn-sm" @click=${() => look(row)}>${icon("plug", { size: "small" })}${t("Check")}</button>`
    : t("delivered to us");
/** The fields of the way that was chosen; the provider's own server stands in its place. */
function signIn({ target }) {
  const form = target.form;
  const provider = providers[target.value];
  for (const one of form.querySelectorAll("[data-way]")) one.hidden = (one.dataset.way === "oauth2") !== Boolean(provider);
  const known = Object.values(providers).map((other) => other.host);
  const host = form.elements["fetch.host"];
  if (provider) host.value = provider.host;
  else if (known.includes(host.value)) host.value = "";
}
const health = (row) => (row.problem ? chip(row.problem, { icon: "alert-circle", kind: "strong" }) : row.checked_at ? timeTag(row.checked_at) : nothing);

const table = simpleList(document.getElementById("mailboxes"), {
  id: "mailboxes",
  label: t("Mailboxes"),
  path: "/api/v1/mailboxes",
  newTitle: t("New mailbox"),
  editTitle: (row) => row.name,
  columns: [
    { key: "name", label: t("Name"), fixed: true, cell: (row) => row.name },
    { key: "address", label: t("Address"), cell: (row) => html`${row.address}${row.active ? nothing : html` ${chip(t("off"))}`}` },
    { key: "queue", label: t("Queue"), cell: (row) => row.queue },
    { key: "fetch", label: t("Comes by"), cell: way },
    { key: "checked_at", label: t("Last look"), cell: health },
  ],
  fields: (row) => html`<div class="fields">
      ${field({ name: "name", label: t("Name"), value: row?.name, autofocus: true })}
      ${field({ name: "address", label: t("Address"), value: row?.address, type: "email", placeholder: `support@${pageData.domain}` })}
      ${field({ name: "sender_name", label: t("Sender's name"), value: row?.sender_name, hint: t("Customers see it beside the address.") })}
      ${select({ name: "queue_id", label: t("Queue"), value: row?.queue_id, options: named(pageData.queues), number: true })}
      ${select({ name: "language", label: t("Language"), value: row?.language ?? "en", options: languages(pageData.languages) })}
    </div>
    ${area({ name: "signature", label: t("Signature"), value: row?.signature })}
    ${check({ name: "confirm", label: t("Tell customers that their request is here"), value: row?.confirm ?? true })}
    ${check({ name: "active", label: t("In use"), value: row?.active ?? true })}
    <h3>${t("Fetch by IMAP")}</h3>
    <p class="small soft">${t("Leave the server empty when mail is delivered to us.")}</p>
    <div class="fields">
      ${select({ name: "fetch.auth", label: t("Sign in by"), value: row?.fetch.auth ?? "password", options: WAYS, change: signIn })}
      ${field({ name: "fetch.host", label: t("Server"), value: row?.fetch.host, placeholder: "imap.example.org" })}
      ${select({ name: "fetch.tls", label: t("Encryption"), value: row?.fetch.tls ?? "ssl", options: ENCRYPTIONS })}
      ${field({ name: "fetch.port", label: t("Port"), value: row?.fetch.port, type: "number", min: 1, max: 65535, hint: t("Empty: the usual one") })}
      ${field({ name: "fetch.user", label: t("Sign-in name"), value: row?.fetch.user })}
      ${field({ name: "fetch.folder", label: t("Folder"), value: row?.fetch.folder ?? "INBOX" })}
    </div>
    <div class="fields" data-way="password" ?hidden=${row?.fetch.auth in providers}>
      ${field({ name: "fetch.password", label: t("Password"), type: "password", autocomplete: "new-password", hint: row?.fetch.has_password ? t("Empty: it stays as it is") : "" })}
    </div>
    <div data-way="oauth2" ?hidden=${!(row?.fetch.auth in providers)}>
      <p class="small soft">${t("Register Callout with the provider as a web application with this redirect address, then save and press Connect.")} <code>${pageData.redirect}</code></p>
      <div class="fields">
        ${field({ name: "fetch.client_id", label: t("Client id"), value: row?.fetch.client_id })}
        ${field({ name: "fetch.client_secret", label: t("Client secret"), type: "password", autocomplete: "new-password", hint: row?.fetch.has_client_secret ? t("Empty: it stays as it is") : "" })}
        ${field({ name: "fetch.tenant", label: t("Organisation (tenant)"), value: row?.fetch.tenant, placeholder: "common", hint: t("Microsoft only") })}
      </div>
    </div>`,
  empty: { icon: "mail", title: t("No mailboxes yet"), text: t("A mailbox brings customers' mail into a queue and answers from its address.") },
});
