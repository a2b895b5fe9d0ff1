// "Earliest visits that work" as buttons: one click keeps the time while the customer decides, another books it. Used on the ticket's page, the
// console and the dispatch board.
//
//   import { bookingPanel } from "../dispatch/booking.js";
//   html`${bookingPanel({ ticket: 1001, done: (visit) => close(visit) })}`
//
// or the element itself: <booking-panel ticket="1001"> fires `booked` with the visit as detail. `visit`: the number of one that is moved instead.
import { ApiError, api, newKey } from "../core/api.js";
import { html, icon, nothing, render } from "../core/html.js";
import { formatDate, formatTime, t, tn, zone } from "../core/i18n.js";
import { problem, skeleton } from "../core/parts.js";
import { serverNow } from "../core/live.js";
import { announce, toast, toastError } from "../core/toast.js";
import { readinessMark } from "./readiness.js";
import "./style.js";
import { crewWord, span } from "./words.js";

let typesAsked = null;

/** All kinds of jobs in use; asked once for each page. */
export async function jobTypes() {
  typesAsked ??= api.get("/api/v1/job-types").catch((error) => {
    typesAsked = null;
    throw error;
  });
  return (await typesAsked).items.filter((type) => type.active);
}

/** A template. `equipmentKind` puts the kinds of jobs for it first; `done(visit)` is called when it was booked or moved. */
export const bookingPanel = ({ ticket, visit = null, jobType = null, equipmentKind = "", done = () => {} }) =>
  html`<booking-panel .wanted=${{ ticket, visit, jobType, equipmentKind, done }}></booking-panel>`;

class BookingPanel extends HTMLElement {
  #wanted = null;
  #types = null;
  #chosen = null;
  #found = null;
  #error = null;
  #busy = "";
  #day = "";
  #asked = 0;
  #keys = new Map();
  #held = null; // the visit as it is kept for the caller
  #counting = 0;

  set wanted(value) {
    const same = this.#wanted && this.#wanted.ticket === value.ticket && this.#wanted.visit === value.visit;
    this.#wanted = value;
    if (!same && this.isConnected) this.#begin();
  }

  connectedCallback() {
    if (!this.#wanted && this.getAttribute("ticket")) {
      this.#wanted = { ticket: Number(this.getAttribute("ticket")), visit: Number(this.getAttribute("visit")) || null, jobType: null, equipmentKind: "", done: () => {} };
    }
    if (this.#wanted) this.#begin();
  }

  /** The panel is closed without a booking: what was kept is free for others at once. */
  disconnectedCallback() {
    clearInterval(this.#counting);
    if (this.#held) this.#letGo();
  }

  async #begin() {
    this.#error = null;
    this.#draw();
    try {
      const types = await jobTypes();
      const fits = (type) => Boolean(this.#wanted.equipmentKind) && type.equipment_kinds.some((kind) => kind.toLowerCase() === this.#wanted.equipmentKind.toLowerCase());
      this.#types = [...types].sort((a, b) => Number(fits(b)) - Number(fits(a)));
      const fitting = this.#types.filter(fits);
      const chosen = this.#wanted.jobType ?? (fitting.length === 1 ? fitting[0].id : this.#types.length === 1 ? this.#types[0].id : null);
      if (chosen) await this.#choose(chosen);
      else this.#draw();
    } catch (error) {
      this.#failed(error, () => this.#begin());
    }
  }

  async #choose(id) {
    this.#chosen = id;
    this.#found = null;
    this.#error = null;
    this.#asked += 1;
    const asked = this.#asked;
    this.#draw();
    try {
      const query = { job_type_id: id, count: 8, visit: this.#wanted.visit, ...this.#range() };
      const found = await api.get(`/api/v1/tickets/${this.#wanted.ticket}/suggestions`, query);
      if (asked !== this.#asked) return;
      this.#found = found;
      this.#draw();
      announce(found.suggestions.length ? t("Visits that work are listed.") : found.obstacles.map((one) => one.text).join(" "));
    } catch (error) {
      if (asked === this.#asked) this.#failed(error, () => this.#choose(id));
    }
  }

  #range() {
    if (!this.#day) return {};
    const start = new Date(`${this.#day}T00:00:00`);
    return { earliest: start.toISOString(), latest: new Date(start.getTime() + 24 * 3600 * 1000).toISOString() };
  }

  #failed(error, again) {
    if (!(error instanceof ApiError)) throw error;
    this.#error = { error, again };
    this.#draw();
  }

  /** Keep a time for the customer on the line; whoever moves a visit moves it at once. */
  async #take(one) {
    if (this.#wanted.visit) {
      await this.#book(one);
      return;
    }
    if (this.#busy) return;
    const id = `${one.person_id} ${one.start}`;
    this.#busy = id;
    this.#draw();
    const key = this.#keys.get(id) ?? newKey();
    this.#keys.set(id, key); // tried again after a lost connection it is the same hold
    try {
      this.#held = await api.post("/api/v1/visits/holds", { ...this.#slotOf(one), ticket: this.#wanted.ticket, job_type_id: this.#chosen }, { key });
      this.#keys.delete(id);
      clearInterval(this.#counting);
      if (!this.isConnected) {
        this.#letGo(); // closed meanwhile
        return;
      }
      this.#counting = setInterval(() => this.#count(), 1000);
      announce(t("Kept for the customer until %(time)s.", { time: formatTime(this.#held.held_until) }));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!error.offline) this.#keys.delete(id);
      toastError(error);
      this.#busy = "";
      if (!error.offline) await this.#choose(this.#chosen); // the world changed: what works now
    }
    this.#busy = "";
    this.#draw();
    this.querySelector(".slot-held .btn-primary")?.focus();
  }

  #left = () => Math.max(0, Math.round((Date.parse(this.#held.held_until) - serverNow()) / 1000));

  #count() {
    if (!this.#held) clearInterval(this.#counting);
    else if (this.#left() > 0) this.#draw();
    else this.#over(t("This time was not kept any longer. Choose again from what works now."));
  }

  /** Nothing is kept any more; what works now. */
  async #over(text) {
    clearInterval(this.#counting);
    this.#held = null;
    if (text) toast(text);
    await this.#choose(this.#chosen);
  }

  async #confirm() {
    if (this.#busy) return;
    this.#busy = "confirm";
    this.#draw();
    try {
      const visit = await api.post(`/api/v1/visits/${this.#held.number}/confirmation`);
      this.#held = null;
      clearInterval(this.#counting);
      this.#booked(visit);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (["lapsed", "ticket_done", "second_visit"].includes(error.code)) await this.#over(error.message);
      else toastError(error); // it is still kept
    }
    this.#busy = "";
    this.#draw();
  }

  async #release() {
    await this.#letGo();
    await this.#over("");
    this.querySelector(".slot")?.focus();
  }

  /** It lapses by itself if this does not arrive. */
  #letGo() {
    const { number } = this.#held;
    this.#held = null;
    return api.delete(`/api/v1/visits/${number}/hold`).catch((error) => {
      if (!(error instanceof ApiError)) throw error;
    });
  }

  #booked(visit) {
    toast(t("Booked: %(name)s, %(day)s %(time)s", { name: crewWord(visit), day: formatDate(visit.planned_start), time: span(visit.promised_from, visit.promised_until) }), { undo: this.#undo(visit) });
    this.dispatchEvent(new CustomEvent("booked", { detail: visit, bubbles: true }));
    this.#wanted.done(visit);
  }

  async #book(one) {
    if (this.#busy) return;
    const id = `${one.person_id} ${one.start}`;
    this.#busy = id;
    this.#draw();
    try {
      this.#booked(await api.put(`/api/v1/visits/${this.#wanted.visit}/slot`, this.#slotOf(one)));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toastError(error);
      this.#busy = "";
      if (error.offline) this.#draw();
      else await this.#choose(this.#chosen); // the world changed: what works now
    }
    this.#busy = "";
    this.#draw();
  }

  #slotOf(one) {
    return { person_id: one.person_id, helper_ids: one.helpers.map((helper) => helper.person_id), start: one.start, end: one.end, promised_from: one.promised_from, promised_until: one.promised_until };
  }

  #undo(visit) {
    if (this.#wanted.visit) return null;
    return async () => {
      try {
        await api.post(`/api/v1/visits/${visit.number}/cancellation`, { reason: t("Booked by mistake") });
        toast(t("Visit %(number)s is called off.", { number: visit.number }));
      } catch (error) {
        toastError(error);
      }
    };
  }

  #draw() {
    render(
      html`<div class="booking">
        ${this.#types ? this.#choice() : this.#error ? nothing : skeleton(3)}
        ${this.#held ? this.#kept() : this.#error ? problem(this.#error.error, this.#error.again) : this.#chosen ? this.#results() : nothing}
      </div>`,
      this,
    );
  }

  #choice() {
    if (!this.#types.length) return html`<p class="soft">${t("There are no kinds of jobs yet. An administrator adds them in the settings.")}</p>`;
    const pressed = (type) => String(type.id === this.#chosen);
    return html`<div class="stack tight">
      <h3>${t("What is to be done?")}</h3>
      <div class="row-of wrap" role="group" aria-label=${t("Kind of job")}>
        ${this.#types.map((type) => html`<button type="button" class="chip chip-choice" aria-pressed=${pressed(type)} ?disabled=${Boolean(this.#wanted.visit)} @click=${() => this.#choose(type.id)}>${type.name}<span class="soft">${t("%(minutes)s min", { minutes: type.minutes })}${type.crew > 1 ? html` · ${tn("%(count)s technician", "%(count)s technicians", type.crew)}` : nothing}</span></button>`)}
      </div></div>`;
  }

  /** What is kept, for how long, and the two ways on. */
  #kept() {
    const visit = this.#held;
    const left = this.#left();
    const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    return html`<div class="slot-held stack" role="group" aria-label=${t("Kept for the customer")}>
      <div class="row-of apart wrap"><h3>${t("Kept for the customer")}</h3><span class="chip tabular" data-hold-left>${icon("hourglass", { size: "small" })}<span aria-hidden="true">${clock}</span><span class="visually-hidden">${t("until %(time)s", { time: formatTime(visit.held_until) })}</span></span></div>
      <p class="slot-say"><strong>${formatDate(visit.promised_from)}, ${span(visit.promised_from, visit.promised_until)}</strong><span>${crewWord(visit)} · ${t("arrives about %(time)s", { time: formatTime(visit.planned_start) })} · ${visit.job_type.name}</span></p>
      <div class="row-of wrap">
        <button type="button" class="btn btn-primary" aria-busy=${this.#busy === "confirm" ? "true" : nothing} @click=${() => this.#confirm()}>${icon("calendar-plus")}${t("Book this visit")}</button>
        <button type="button" class="btn" ?disabled=${this.#busy === "confirm"} @click=${() => this.#release()}>${t("Another time")}</button>
      </div>
      <p class="tiny soft">${t("Times in %(zone)s. Nobody else can take it meanwhile.", { zone: zone.replaceAll("_", " ") })}</p>
    </div>`;
  }

  /** A heading, and beside it the one day to look at. */
  #head(text) {
    const change = (event) => {
      this.#day = event.target.value;
      this.#choose(this.#chosen);
    };
    return html`<div class="row-of apart wrap"><h3>${text}</h3><label class="booking-day small">${t("Day")}<input class="form-control" type="date" .value=${this.#day} @change=${change} /></label></div>`;
  }

  #results() {
    const head = this.#head(this.#wanted.visit ? t("Earliest times that work") : t("Earliest visits that work"));
    if (!this.#found) return html`${head}${skeleton(6)}`;
    if (!this.#found.suggestions.length) {
      return html`${head}<div class="note note-strong" role="alert">${icon("calendar-off")}<div class="stack tight"><span>${t("Nobody can come.")}</span>${this.#found.obstacles.map((one) => html`<span>${one.text}</span>`)}</div></div>`;
    }
    const late = this.#found.suggestions.every((one) => one.sla_holds === false);
    return html`${head}${late ? html`<div class="slot-late row-of small">${icon("clock-exclamation", { size: "small" })}${t("No visit is possible before the time promised.")}</div>` : nothing}
      <ul class="slot-list">${this.#found.suggestions.map((one, index) => this.#slot(one, index, late))}</ul>
      <p class="tiny soft">${this.#wanted.visit ? t("Times in %(zone)s. Choosing one moves the visit at once.", { zone: zone.replaceAll("_", " ") }) : t("Times in %(zone)s. Choosing one keeps it for five minutes.", { zone: zone.replaceAll("_", " ") })}</p>`;
  }

  #slot(one, index, allLate) {
    const busy = this.#busy === `${one.person_id} ${one.start}`;
    const told = one.reasons.filter((reason) => !["crew", "part", "parts_on_van", "in_time", "too_late"].includes(reason.code));
    const late = one.sla_holds === false;
    const promise = !allLate && one.reasons.find((reason) => ["in_time", "too_late"].includes(reason.code));
    return html`<li><button type="button" class="slot" aria-busy=${busy ? "true" : nothing} ?disabled=${Boolean(this.#busy) && !busy} @click=${() => this.#take(one)}>
      <span class="slot-when"><strong>${formatDate(one.promised_from)}</strong><span class="slot-time">${span(one.promised_from, one.promised_until)}</span></span>
      <span class="slot-who"><span class="strong">${crewWord(one)}</span><span class="small soft">${t("arrives about %(time)s", { time: formatTime(one.arrival) })}</span></span>
      <span class="slot-facts small">
        ${promise ? html`<span class=${late ? "slot-late" : "slot-intime"}>${icon(late ? "clock-exclamation" : "clock", { size: "small" })}${promise.text}</span>` : nothing}
        ${readinessMark(one.readiness)}
        ${told.map((reason) => html`<span class="soft">${reason.text}</span>`)}
      </span>
      <span class="slot-go" aria-hidden="true">${busy ? icon("loader-2") : index === 0 ? t("Choose") : icon("chevron-right")}</span>
    </button></li>`;
  }
}

if (!customElements.get("booking-panel")) customElements.define("booking-panel", BookingPanel);
