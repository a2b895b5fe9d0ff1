// Trying a rule, saved or not: on one ticket, and counted over what happened lately. Nothing happens to any ticket.
import { ApiError, api } from "../../core/api.js";
import { html, icon, nothing } from "../../core/html.js";
import { formatNumber, t, tn } from "../../core/i18n.js";
import { toastError } from "../../core/toast.js";
import { itemText } from "../condition-words.js";
import { outcome } from "./rule-words.js";

/** trialPart({draft() → body or null, choices(), fields(), redraw}) → {draw(), stale()}. */
export function trialPart({ draft, choices, fields, redraw }) {
  let number = new URLSearchParams(location.search).get("ticket") ?? "";
  let told = null;
  let past = null;
  let asking = "";

  async function ask(what, work) {
    if (asking) return;
    asking = what;
    redraw();
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toastError(error);
    } finally {
      asking = "";
      redraw();
    }
  }

  const onTicket = (event) => {
    event.preventDefault();
    const rule = draft();
    if (rule && Number(number) > 0) ask("ticket", async () => { told = await api.post("/api/v1/rules/trial", { rule, number: Number(number) }); });
  };
  const onThePast = () => {
    const rule = draft();
    if (rule) ask("past", async () => { past = await api.post("/api/v1/rules/past-trial", { rule }); });
  };

  const because = (items) => html`<ul class="rule-because">${items.map((item) =>
    html`<li><span class="rule-outcome">${icon(item.held ? "check" : "x", { size: "small" })}<span>${item.items ? (item.match === "any" ? t("any of these") : t("all of these")) : itemText(item, fields())} <span class="small soft">${item.held ? t("holds") : t("does not hold")}</span></span></span>${item.items ? because(item.items) : nothing}</li>`)}</ul>`;

  const ticketResult = () => html`<div class="stack tight" role="status">
    <p class="strong">${told.would ? t("If it happened to #%(number)s now, the rule would fire.", { number: told.number }) : t("If it happened to #%(number)s now, the rule would not fire.", { number: told.number })}</p>
    ${told.because.length ? because(told.because) : html`<p class="small soft">${t("It has no condition: it always fires.")}</p>`}
    <p class="small soft">${told.would ? t("It would do:") : t("If it did fire, it would do:")}</p>
    <ol class="rule-because">${told.results.map((result) => outcome(result, choices(), true))}</ol></div>`;

  function pastResult() {
    const count = past.more ? t("more than %(count)s", { count: formatNumber(past.touched) }) : formatNumber(past.touched);
    return html`<div class="stack tight" role="status"><p>${past.occasions === null
        ? t("It would find %(count)s tickets now.", { count })
        : t("Of the last %(occasions)s times that this happened, on %(tickets)s tickets, it would have fired on %(count)s tickets.", { occasions: formatNumber(past.occasions), tickets: formatNumber(past.tickets), count })}
      <span class="small soft">${t("The condition was asked of the tickets as they are now.")}</span></p>
      ${past.items.length ? html`<details class="small"><summary>${tn("the newest", "the newest %(count)s", past.items.length)}</summary><ul>${past.items.map((one) => html`<li><a href=${`/tickets/${one.number}`}>#${one.number}</a> ${one.subject}</li>`)}</ul></details>` : nothing}</div>`;
  }

  const draw = () => html`<section class="part"><div class="part-head wrap"><h2 class="grow">${t("Try it")}</h2><span class="small soft">${t("nothing happens to any ticket")}</span></div>
    <div class="part-body stack">
      <div class="rule-try"><div class="field"><label class="form-label" for="rule-trial-number">${t("On ticket number")}</label>
        <input class="form-control" id="rule-trial-number" inputmode="numeric" .value=${number} @input=${(event) => { number = event.target.value.replace(/\D/g, ""); event.target.value = number; }} @keydown=${(event) => event.key === "Enter" && onTicket(event)} /></div>
        <button type="button" class="btn" aria-busy=${String(asking === "ticket")} @click=${onTicket}>${icon("player-play")}${t("What would it do?")}</button>
        <button type="button" class="btn" aria-busy=${String(asking === "past")} @click=${onThePast}>${icon("history")}${t("How often lately?")}</button></div>
      ${told ? ticketResult() : nothing}${past ? pastResult() : nothing}
    </div></section>`;

  const stale = () => {
    told = null;
    past = null;
  };

  return { draw, stale };
}
