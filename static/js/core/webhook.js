// One webhook: name, address, events, secret, pause; below, its delivery log.
import { ApiError, api, pageData } from "./api.js";
import { confirmDialog } from "./dialog.js";
import { enhance } from "./form.js";
import { html, icon, nothing, render } from "./html.js";
import { formatMoment, t, tn } from "./i18n.js";
import { showSecret } from "./secret.js";
import { toast, toastError } from "./toast.js";
import { askReplay, askRotation } from "./webhook-dialogs.js";
import { deliveryLog } from "./webhook-log.js";
import { BECAUSE } from "./webhooks-words.js";

const place = document.getElementById("webhook");
place.replaceChildren();
let { webhook } = pageData;
const address = () => `/api/v1/webhooks/${webhook.id}`;
const log = webhook ? deliveryLog(document.getElementById("log"), webhook, pageData.events, reload) : null;

/** Do something over the API; what is refused is said in a toast. */
const doing = (deed) => async () => {
  try {
    await deed();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toastError(error);
  }
};

async function reload() {
  webhook = await api.get(address());
  draw();
}

const pause = doing(async () => {
  webhook = await api.post(`${address()}/pause`);
  draw();
  toast(t("Paused. Nothing is sent, and what happens meanwhile is not noted."), { undo: resume });
});

const resume = doing(async () => {
  webhook = await api.post(`${address()}/resumption`);
  draw();
  log.reload();
  toast(t("Resumed. What waited is sent now."), { undo: pause });
});

const test = doing(async () => {
  const delivery = await api.post(`${address()}/test`);
  toast(t("A test is on its way."));
  await log.follow(delivery.id);
});

const rotate = () =>
  askRotation(address(), async ({ webhook: fresh, secret }) => {
    webhook = fresh;
    draw();
    await showSecret({ title: t("The new secret"), text: t("Copy it now: it is not shown again."), secret });
  });

const replay = () =>
  askReplay(address(), ({ count }) => {
    toast(count ? tn("%(count)s delivery is sent again.", "%(count)s deliveries are sent again.", count) : t("There was nothing to send again."));
    log.reload();
  });

const remove = doing(async () => {
  const text = t("Its log goes too, and what waits is not sent. This cannot be undone.");
  if (!(await confirmDialog({ title: t("Remove “%(name)s”?", { name: webhook.name }), text, yes: t("Remove webhook") }))) return;
  await api.delete(address());
  location.assign("/settings/webhooks");
});

function standing() {
  if (webhook.state === "paused") {
    const seen = webhook.paused_because === "by_hand";
    return html`<div class="note ${seen ? "" : "note-strong"}">${icon("player-pause")}
      <div class="grow">${BECAUSE[webhook.paused_because]} <span class="small soft">${t("since %(time)s", { time: formatMoment(webhook.paused_at) })}</span></div>
      ${seen ? nothing : html`<button type="button" class="btn btn-sm" @click=${pause}>${t("Leave it paused")}</button>`}
      <button type="button" class="btn btn-sm" @click=${resume}>${icon("player-play")}${t("Resume")}</button></div>`;
  }
  if (webhook.state === "failing") {
    return html`<div class="note">${icon("alert-circle")}<div class="grow">${t("Nothing was accepted since %(time)s. Each delivery is tried for a day; then the webhook is paused.", { time: formatMoment(webhook.failing_since) })}</div></div>`;
  }
  return nothing;
}

const deeds = () => html`<div class="row-of wrap">
    <button type="button" class="btn" @click=${test}>${icon("send")}${t("Send a test")}</button>
    <button type="button" class="btn" @click=${rotate}>${icon("key")}${t("New secret")}</button>
    <button type="button" class="btn" ?disabled=${webhook.state === "paused"} @click=${replay}>${icon("repeat")}${t("Send again …")}</button>
    ${webhook.state === "paused" ? nothing : html`<button type="button" class="btn" @click=${pause}>${icon("player-pause")}${t("Pause")}</button>`}
    <span class="grow"></span>
    <button type="button" class="btn btn-quiet" @click=${remove}>${icon("trash")}${t("Remove")}</button>
  </div>
  ${webhook.previous_secret_until ? html`<p class="small soft">${t("The secret before this one signs too until %(time)s.", { time: formatMoment(webhook.previous_secret_until) })}</p>` : nothing}`;

function eventsChoice() {
  const chosen = new Set(webhook?.events ?? []);
  return html`<fieldset class="roles-choice"><legend class="form-label">${t("Tell it when")}</legend>
    ${pageData.events.map((event) => html`<label><input class="form-check-input" type="checkbox" name="events" value=${event.name} data-list .checked=${chosen.has(event.name)} />
      <span><strong>${event.label}</strong><small>${event.name}</small></span></label>`)}
  </fieldset>`;
}

function addressHint() {
  if (!pageData.networks.length) return t("https only; private addresses are refused unless the setting WEBHOOK_NETWORKS names them.");
  return t("https; in %(networks)s also http.", { networks: pageData.networks.join(", ") });
}

function draw() {
  render(
    html`${webhook ? html`${standing()}${deeds()}` : nothing}
      <section class="part"><div class="part-body">
        <form class="stack" id="form">
          <div class="fields">
            <div class="field"><label class="form-label" for="name">${t("Name")}</label><input class="form-control" id="name" name="name" maxlength="200" autocomplete="off" value=${webhook?.name ?? ""} ?autofocus=${!webhook} /></div>
            <div class="field"><label class="form-label" for="url">${t("Address")}</label><input class="form-control" id="url" name="url" type="url" autocomplete="off" placeholder="https://" value=${webhook?.url ?? ""} aria-describedby="url-hint" /><div class="form-hint" id="url-hint">${addressHint()}</div></div>
          </div>
          ${eventsChoice()}
          <div class="form-actions"><button class="btn btn-primary">${webhook ? t("Save") : t("Make webhook")}</button></div>
        </form>
      </div></section>`,
    place,
  );
}

async function saved(answer) {
  if (webhook) {
    webhook = answer;
    draw();
    log.reload();
    toast(t("Saved."));
    return;
  }
  await showSecret({ title: t("The secret of this webhook"), text: t("The receiver checks each signature with it. Copy it now: it is not shown again."), secret: answer.secret });
  location.assign(`/settings/webhooks/${answer.webhook.id}`);
}

draw();
enhance(document.getElementById("form"), { method: webhook ? "patch" : "post", path: () => (webhook ? address() : "/api/v1/webhooks"), done: saved });
