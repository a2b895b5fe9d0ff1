// Settings of ways: by straight line, or by a routing service; whether it answers.
import { ApiError, api, request } from "../core/api.js";
import { enhance, formValues, showErrors } from "../core/form.js";
import { html, icon, nothing, render } from "../core/html.js";
import { formatDuration, formatMoment, formatNumber, t } from "../core/i18n.js";
import { problem, skeleton } from "../core/parts.js";
import { toast, toastError } from "../core/toast.js";
import { check, field, select } from "../staff/fields.js";

const place = document.getElementById("road-settings");
const ADDRESS = "/api/v1/road-provider";
const KINDS = [
  { value: "none", label: t("None: by straight line") },
  { value: "osrm", label: "OSRM" },
  { value: "valhalla", label: "Valhalla" },
];
const KEYS = [
  { value: "header", label: t("as Authorization: Bearer …") },
  { value: "query", label: t("as api_key=… in the address") },
];

/** An untouched key stays as it is; one that is to be forgotten is sent empty. */
const sent = ({ kind, address = "", key = "", key_in = "header", forget_key = false }) =>
  kind === "none" ? { kind } : { kind, address, key_in, key: forget_key ? "" : key || null };

const counts = (found) =>
  t("%(known)s ways are known by road, %(waiting)s are still to be asked for, for %(without)s there is no road.", {
    known: formatNumber(found.known), waiting: formatNumber(found.waiting), without: formatNumber(found.without),
  });

const STATES = {
  off: () => nothing,
  waiting: (found) => html`<p class="note" role="status">${icon("clock")}<span>${t("It was not asked yet: it is when somebody reckons with a way.")}</span></p>`,
  ok: (found) => html`<p class="note" role="status">${icon("check")}<span>${t("It answers, last %(time)s.", { time: formatMoment(found.answered_at) })} ${counts(found)}</span></p>`,
  failing: (found) => html`<div class="note note-strong" role="status">${icon("alert-circle")}<div class="stack tight">
      <div><strong>${t("No answer since %(time)s.", { time: formatMoment(found.failing_since) })}</strong> ${found.problem}</div>
      <div class="small">${t("What is not known is reckoned by straight line meanwhile. It is asked again at %(time)s.", { time: formatMoment(found.asked_again_at) })} ${counts(found)}</div></div></div>`,
};

async function look(form, result) {
  render(html`<p class="note" role="status">${icon("clock")}<span>${t("Asking …")}</span></p>`, result);
  try {
    const found = await request("POST", "/settings/visits/ways/check", sent(formValues(form)), { retry: false, key: null, timeout: 30_000 });
    const said = () =>
      t("It works: %(km)s km in %(time)s from a branch to a site; by straight line it would be %(line)s.", {
        km: found.metres === null ? "?" : formatNumber(found.metres / 1000, { maximumFractionDigits: 1 }),
        time: formatDuration(found.seconds), line: formatDuration(found.line_seconds),
      });
    render(html`<p class="note ${found.ok ? "" : "note-strong"}" role="status">${icon(found.ok ? "check" : "alert-circle")}<span>${found.ok ? said() : found.problem}</span></p>`, result);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    render(nothing, result);
    if (Object.keys(error.errors).length) showErrors(form, error);
    else toastError(error);
  }
}

function shown(found, kind = found.kind) {
  const on = kind !== "none";
  render(
    html`<form class="stack loose">
      <section class="part"><div class="part-head"><h2>${t("Ways")}</h2></div><div class="part-body stack">
        <p class="soft">${t("How long a way takes is reckoned by straight line and what your technicians' reports say of the hour. A routing service of your own or hired makes it exact; nothing ever waits for it.")}</p>
        ${STATES[found.state](found)}
        <div class="fields">
          ${select({ name: "kind", label: t("Routing service"), value: kind, options: KINDS, change: (event) => shown(found, event.target.value) })}
          ${on ? field({ name: "address", label: t("Its address"), value: found.address, type: "url", placeholder: "https://", hint: t("https; http and addresses of your own network only where WEBHOOK_NETWORKS names them.") }) : nothing}
          ${on ? field({ name: "key", label: t("Key of the service"), type: "password", autocomplete: "new-password", hint: found.has_key ? t("There is one; leave it empty to keep it.") : t("Only where the service wants one.") }) : nothing}
          ${on ? select({ name: "key_in", label: t("The key is sent"), value: found.key_in, options: KEYS }) : nothing}
        </div>
        ${on && found.has_key ? check({ name: "forget_key", label: t("Forget the key") }) : nothing}
        <div class="check-result" aria-live="polite"></div>
      </div></section>
      <div class="form-actions">
        <button class="btn btn-primary">${t("Save")}</button>
        ${on ? html`<button type="button" class="btn" @click=${() => look(place.querySelector("form"), place.querySelector(".check-result"))}>${icon("plug")}${t("Check")}</button>` : nothing}
      </div></form>`,
    place,
  );
}

function saved(found) {
  shown(found);
  const key = place.querySelector("[name=key]");
  if (key) key.value = ""; // it is kept, and not shown again
  render(nothing, place.querySelector(".check-result"));
  toast(t("Saved."));
}

async function load() {
  render(skeleton(4), place);
  try {
    const found = await api.get(ADDRESS);
    render(nothing, place);
    shown(found);
    enhance(place.querySelector("form"), { method: "patch", path: ADDRESS, body: sent, done: saved });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    render(problem(error, load), place);
  }
}

load();
