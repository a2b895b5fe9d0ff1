// <clock-chip>: one promise's clock, the same everywhere. It counts down here, from the due time and the server's clock; no requests.
//
//   clockChip(clock)                      in lit templates; clock_chip(clock) in Jinja
//   clock = {
//     label: "First answer",              whose clock it is, in the reader's language
//     state: "running" | "paused" | "met" | "breached",   "breached": ended too late; running over its due time stays "running"
//     due_at, as_of, ended_at: ISO texts, as_of: the moment `used` was true (due_at may be null while paused)
//     budget, used: working seconds
//     reason: "customer" | "part" | "access" | "approval" | a text (while paused)
//     warn_at: ISO text                   optional: when three quarters of the working time are used; the bar is then exact there
//     windows: [[from, to], …]            optional, without warn_at: open hours between as_of and due_at, seconds since 1970
//     explain: "/api/v1/…"                optional: answers {"steps": [{label, at?, text?}]}, or anything else
//     steps(answer)                       with explain: the steps of such an answer
//   }
import { ApiError, api } from "./api.js";
import { formatDuration, formatFull, formatMoment, t } from "./i18n.js";
import { NEAR, shareUsed } from "./clock-share.js";
import { everySecond } from "./ticker.js";
import { serverNow } from "./live.js";
import { html, icon, nothing, render, vars } from "./html.js";

export { NEAR, shareUsed };
const DAY = 86_400;

const REASONS = {
  customer: () => t("customer"),
  part: () => t("part"),
  access: () => t("access"),
  approval: () => t("approval"),
};

/** What a clock says at `now`: {level: ok | near | over | paused | done | missed, value, share, sign, left (seconds, negative when over)}. */
export function reading(clock, now) {
  const share = shareUsed(clock, now);
  const left = clock.due_at ? Math.round((Date.parse(clock.due_at) - now) / 1000) : null;
  if (clock.state === "paused") {
    const reason = REASONS[clock.reason]?.() ?? clock.reason;
    return { level: "paused", sign: "player-pause", share, left, value: reason ? t("paused: %(reason)s", { reason }) : t("paused") };
  }
  if (clock.state === "met") return { level: "done", sign: "check", share, left, value: t("kept") };
  if (clock.state === "breached") {
    const late = clock.ended_at && clock.due_at ? (Date.parse(clock.ended_at) - Date.parse(clock.due_at)) / 1000 : 0;
    return { level: "missed", sign: "x", share: 1, left, value: late >= 1 ? t("late by %(time)s", { time: formatDuration(late) }) : t("missed") };
  }
  if (left !== null && left <= 0) return { level: "over", sign: "clock-exclamation", share: 1, left, value: t("over %(time)s", { time: formatDuration(left) }) };
  const value = left === null ? "" : left >= DAY ? formatMoment(clock.due_at, { now }) : formatDuration(left);
  if (share >= NEAR) return { level: "near", sign: "alarm", share, left, value };
  return { level: "ok", sign: "clock", share, left, value };
}

const SPOKEN = {
  ok: (value) => t("%(value)s left", { value }),
  near: (value) => t("%(value)s left, more than three quarters used", { value }),
};

class ClockChip extends HTMLElement {
  #clock = null;
  #stop = null;
  #shown = "";

  get clock() {
    return this.#clock;
  }

  set clock(value) {
    this.#clock = value;
    this.#shown = "";
    if (this.isConnected) this.#start();
  }

  connectedCallback() {
    if (!this.#clock && this.dataset.clock) {
      this.#clock = JSON.parse(this.dataset.clock);
      this.textContent = "";
    }
    this.#start();
  }

  disconnectedCallback() {
    this.#stop?.();
    this.#stop = null;
  }

  #start() {
    this.#stop?.();
    this.#stop = null;
    if (!this.#clock) return;
    this.#draw(serverNow());
    if (this.#clock.state === "running") this.#stop = everySecond((now) => this.#draw(now));
  }

  #draw(now) {
    const found = reading(this.#clock, now);
    const share = found.share.toFixed(3);
    const shown = `${found.level} ${found.value} ${share}`;
    if (shown === this.#shown) return; // most seconds change nothing
    this.#shown = shown;
    const spoken = SPOKEN[found.level]?.(found.value) ?? found.value;
    const inside = html`${icon(found.sign)}<span class="clock-value" aria-hidden="true">${found.value}</span><span class="visually-hidden">${spoken}</span
      >${this.#clock.label && !this.hasAttribute("bare") ? html`<span class="clock-label">${this.#clock.label}</span>` : nothing}`;
    const large = this.hasAttribute("large") ? "clock clock-large" : "clock";
    const title = this.#clock.due_at ? t("%(label)s due %(time)s", { label: this.#clock.label ?? "", time: formatFull(this.#clock.due_at) }) : "";
    render(
      this.#clock.explain
        ? html`<button type="button" class=${large} data-level=${found.level} title=${title} ${vars({ "--share": share })} @click=${(event) => explain(event, this.#clock)}>${inside}</button>`
        : html`<span class=${large} data-level=${found.level} title=${title} ${vars({ "--share": share })}>${inside}</span>`,
      this,
    );
  }
}

let panel = null;

/** Open the explanation beside the chip: start, windows counted, pauses, due. Closes on Escape or a click elsewhere. */
async function explain(event, clock) {
  event.preventDefault();
  event.stopPropagation();
  const button = event.currentTarget;
  panel?.remove();
  panel = document.createElement("div");
  panel.className = "explanation";
  panel.setAttribute("popover", "auto");
  const here = panel;
  button.after(here);
  here.addEventListener("toggle", (change) => change.newState === "closed" && here.remove());
  render(html`<span role="status">${t("Loading")}</span>`, here);
  here.showPopover();
  place(here, button);
  try {
    const answer = await api.get(clock.explain);
    const steps = clock.steps ? clock.steps(answer) : answer.steps;
    render(
      html`<h3>${clock.label}</h3>
        <ol>${steps.map((step) => html`<li><span class="step-what">${step.label}</span><span>${step.at ? html`<span class="step-at">${formatMoment(step.at, { zone: step.zone })}</span> ` : nothing}${step.text}</span></li>`)}</ol>`,
      here,
    );
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    render(html`<span role="alert">${error.title}</span>`, here);
  }
  place(here, button);
}

function place(element, button) {
  const at = button.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.left, innerWidth - element.offsetWidth - 8));
  const below = at.bottom + 6 + element.offsetHeight <= innerHeight;
  element.style.left = `${left}px`;
  element.style.top = `${below ? at.bottom + 6 : Math.max(8, at.top - element.offsetHeight - 6)}px`;
}

customElements.define("clock-chip", ClockChip);

/** A chip in a lit template. `bare` leaves the label out (its column says it), `large` for field pages and the wallboard. */
export const clockChip = (clock, { bare = false, large = false } = {}) =>
  clock ? html`<clock-chip .clock=${clock} ?bare=${bare} ?large=${large}></clock-chip>` : nothing;
