// What a rule did, on which tickets it is paused, and what it was before.
import { ApiError, api } from "../../core/api.js";
import { html, icon, nothing } from "../../core/html.js";
import { formatMoment, t, tn } from "../../core/i18n.js";
import { chip, problem, skeleton, timeTag } from "../../core/parts.js";
import { toast, toastError } from "../../core/toast.js";
import { actionText, outcome, reasonText, STATES, stateSign } from "./rule-words.js";

const PAGE = 10;

/** logPart({id(), choices(), take(version), redraw}) → {draw(), load()}. */
export function logPart({ id, choices, take, redraw }) {
  let firings = null;
  let next = null;
  let paused = [];
  let versions = null;
  let failed = null;
  let state = "";
  const path = () => `/api/v1/rules/${id()}`;

  async function load() {
    failed = null;
    try {
      const [log, pauses] = await Promise.all([api.get(`${path()}/firings`, { state, limit: PAGE }), api.get(`${path()}/pauses`)]);
      [firings, next, paused] = [log.items, log.next, pauses.items];
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failed = error;
    }
    redraw();
  }

  async function attempt(work) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toastError(error);
    }
    redraw();
  }

  const more = () =>
    attempt(async () => {
      const log = await api.get(`${path()}/firings`, { state, limit: PAGE, after: next });
      [firings, next] = [[...firings, ...log.items], log.next];
    });

  const resume = (one) =>
    attempt(async () => {
      await api.delete(`${path()}/pauses/${one.number}`);
      toast(t("The rule may fire on #%(number)s again.", { number: one.number }));
      await load();
    });

  const versionsOpened = (event) => {
    if (event.target.open) attempt(async () => { versions = (await api.get(`${path()}/versions`)).items; });
  };

  const firing = (one) => html`<li>${stateSign(one.state)}<span class="grow"><a href=${`/tickets/${one.number}`}>#${one.number}</a> ${one.subject} <span class="small soft">${STATES[one.state]?.() ?? one.state} · ${t("version %(version)s", { version: one.version })}</span>${one.depth ? html` ${chip(tn("after %(count)s other rule", "after %(count)s other rules", one.depth))}` : nothing}</span>${timeTag(one.at)}
    ${one.reason ? html`<div class="small rule-reason">${reasonText(one.reason)}</div>` : nothing}
    ${one.results.length ? html`<details class="small"><summary>${tn("%(count)s action", "%(count)s actions", one.results.length)}</summary><ol class="rule-because">${one.results.map((result) => outcome(result, choices()))}</ol></details>` : nothing}</li>`;

  const choose = (event) => {
    state = event.target.value;
    load();
  };

  function log() {
    if (failed) return problem(failed, load);
    if (!firings) return html`<div class="part-body">${skeleton(3)}</div>`;
    if (!firings.length) return html`<p class="part-body soft">${state ? t("Nothing of this kind in the log.") : t("It has not fired yet. The log keeps 90 days.")}</p>`;
    return html`<ul class="lines rule-log">${firings.map(firing)}</ul>${next ? html`<div class="part-body"><button type="button" class="btn btn-sm" @click=${more}>${t("Show more")}</button></div>` : nothing}`;
  }

  const pauses = () =>
    paused.length
      ? html`<section class="part"><div class="part-head wrap"><h2 class="grow">${t("Paused on")}</h2><span class="small soft">${t("it fired 20 times in ten minutes there")}</span></div>
          <ul class="lines">${paused.map((one) => html`<li><span class="grow"><a href=${`/tickets/${one.number}`}>#${one.number}</a> ${one.subject}</span>${timeTag(one.at)}<button type="button" class="btn btn-sm" @click=${() => resume(one)}>${icon("player-play", { size: "small" })}${t("Go on")}</button></li>`)}</ul></section>`
      : nothing;

  const version = (one, at) => html`<li><span class="grow stack tight"><span>${t("Version %(version)s", { version: one.version })} · ${one.name} ${one.active ? nothing : chip(t("off"))} <span class="small soft">${formatMoment(one.at)} ${one.by ?? t("by itself")}</span></span>
      <span class="small soft">${one.definition.actions.map((action) => actionText(action, choices())).join(" → ")}</span></span>
    ${at === 0 ? chip(t("in force")) : html`<button type="button" class="btn btn-sm btn-quiet" @click=${() => take(one)}>${icon("history", { size: "small" })}${t("Take into the editor")}</button>`}</li>`;

  const draw = () => html`${pauses()}
    <section class="part"><div class="part-head wrap"><h2 class="grow">${t("What it did")}</h2>
      <select class="form-select form-select-sm rule-state" aria-label=${t("Show")} @change=${choose}><option value="">${t("everything")}</option>${["done", "failed", "retrying", "stopped"].map((one) => html`<option value=${one} ?selected=${one === state}>${STATES[one]()}</option>`)}</select></div>
      ${log()}</section>
    <details class="part" @toggle=${versionsOpened}><summary class="part-head"><h2 class="grow">${t("Versions")}</h2></summary>
      ${versions ? html`<ul class="lines">${versions.map(version)}</ul>` : nothing}</details>`;

  return { draw, load };
}
