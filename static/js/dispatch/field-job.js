// One job on the phone: where, who, what, with which parts; and the one big button that moves it on.
import { html, icon, nothing } from "../core/html.js";
import { formatTime, t } from "../core/i18n.js";
import { openDialog } from "../core/dialog.js";
import { announce, toast } from "../core/toast.js";
import { partsFor, promised } from "./crew-parts.js";
import { crewOf } from "./crews.js";
import { endDialog } from "./field-end.js";
import { mapAddress } from "./map.js";
import { chargeWords, insteadWord, lineWord, partName, plainDate, span, statusWord } from "./words.js";

const drafts = new Map(); // visit → what is being typed; kept in IndexedDB as well
const tapped = new Set(); // "5001 arrived": a second tap while the first is being kept does nothing

function draftOf(visit, queue, redraw) {
  if (!drafts.has(visit.number)) {
    drafts.set(visit.number, { checklist: {}, used: {}, result: "" });
    queue.draft(visit.number).then((kept) => {
      if (!kept) return;
      drafts.set(visit.number, { ...kept, begun: true });
      redraw();
    });
  }
  const draft = drafts.get(visit.number);
  if (visit.status === "on_site" && !draft.begun) {
    draft.begun = true; // not before: until then a colleague may still fetch some
    for (const line of visit.on_vans ?? []) draft.used[line.part_id] = line.quantity;
  }
  return draft;
}

/** jobView({visit, van (parts on it), me (whose phone it is), zone, queue, redraw, now()}). */
export function jobView({ visit, van: mine, me, zone, queue, redraw, now }) {
  const van = partsFor(visit, mine);
  const draft = draftOf(visit, queue, redraw);
  const atWork = visit.status === "on_site";
  const keep = () => queue.keepDraft(visit.number, draft);
  const report = async (action, data = {}) => {
    const key = `${visit.number} ${action}`;
    if (tapped.has(key)) return;
    tapped.add(key);
    try {
      await queue.add({ visit: visit.number, action, data, at: now() });
      announce(t("Kept. It is sent as soon as there is a network."));
      if (["done", "needs_part", "no_access"].includes(action)) {
        drafts.delete(visit.number);
        location.hash = "";
      }
    } finally {
      tapped.delete(key);
      redraw();
    }
  };
  return html`<article class="stack loose field-job">
    <header class="stack tight">
      <a class="row-of small" href="#">${icon("chevron-left", { size: "small" })}${t("All jobs")}</a>
      <div class="row-of apart wrap"><span class="field-time">${span(visit.planned_start, visit.planned_end, zone)}</span><span class=${visit.open ? "chip chip-brand" : "chip"}>${statusWord(visit.status)}</span></div>
      <h2 class="field-title">${visit.ticket.subject}</h2>
      <div class="soft">${visit.job_type.name} · ${t("promised %(window)s", { window: span(visit.promised_from, visit.promised_until, zone) })}</div>
    </header>
    ${company(visit, me)}
    ${where(visit)}
    ${about(visit)}
    ${partsToFetch(visit, report)}
    ${atWork ? checklist(visit, draft, keep, redraw) : nothing}
    ${atWork ? used(visit, van, draft, keep, redraw) : usedAlready(visit)}
    ${atWork ? notes(draft, keep) : visit.result ? html`<section class="stack tight"><h3>${t("Result")}</h3><p class="prose">${visit.result}</p></section>` : nothing}
    ${visit.open ? foot(visit, draft, van, report) : nothing}
  </article>`;
}

/** Who else comes; the lead brings the parts, and a report of any of them counts for all. */
function company(visit, me) {
  const others = crewOf(visit).filter((one) => one.person_id !== me);
  if (!visit.helpers?.length || !others.length) return nothing;
  const names = t("Together with %(names)s", { names: others.map((one) => one.name).join(", ") });
  const lead = visit.person_id === me ? t("You lead: you bring the parts. What one of you reports counts for all.") : t("%(name)s leads and brings the parts. What one of you reports counts for all.", { name: visit.technician });
  return html`<section class="note">${icon("users")}<div><div class="strong">${names}</div><div class="small">${lead}</div></div></section>`;
}

function where(visit) {
  const map = mapAddress(visit.site);
  return html`<section class="stack">
    <div><div class="strong">${visit.customer ?? t("Unknown customer")}</div><div>${visit.site?.address || t("No address")}</div></div>
    ${visit.site?.access ? html`<div class="note">${icon("key")}<div>${visit.site.access}</div></div>` : nothing}
    <div class="field-buttons">
      ${map ? html`<a class="field-button" href=${map} target="_blank" rel="noreferrer">${icon("map-pin")}${t("Map")}</a>` : nothing}
      ${visit.phone ? html`<a class="field-button" href=${`tel:${visit.phone}`}>${icon("phone")}${t("Call")}</a>` : nothing}
    </div></section>`;
}

function about(visit) {
  const thing = visit.equipment;
  return html`${visit.charge ? html`<section class="stack tight"><h3>${t("Who pays")}</h3><div>${chargeWords(visit.charge)}</div></section>` : nothing}${visit.problem ? html`<section class="stack tight"><h3>${t("What was reported")}</h3><p class="prose">${visit.problem}</p></section>` : nothing}
    ${thing ? html`<section class="stack tight"><h3>${t("Equipment")}</h3><dl class="facts"><dt>${t("Model")}</dt><dd>${thing.label}</dd>${thing.serial ? html`<dt>${t("Serial")}</dt><dd>${thing.serial}</dd>` : nothing}
      ${thing.warranty_until ? html`<dt>${t("Warranty until")}</dt><dd>${plainDate(thing.warranty_until)}</dd>` : nothing}${thing.notes ? html`<dt>${t("Notes")}</dt><dd>${thing.notes}</dd>` : nothing}</dl></section>` : nothing}`;
}

function partsToFetch(visit, report) {
  const lines = visit.open ? (visit.readiness?.lines ?? []) : [];
  if (!lines.length) return nothing;
  const fetchable = lines.filter((line) => ["warehouse", "staged"].includes(line.state) && line.places.length === 1);
  const parts = fetchable.map((line) => ({ part_id: line.part_id, quantity: line.quantity - line.missing, place_id: line.places[0].id }));
  const tracked = fetchable.filter((line) => line.serial_tracked);
  const fetched = () => (tracked.length ? piecesDialog(tracked, (serials) => report("picked_up", { parts: parts.map((one) => ({ ...one, serials: serials[one.part_id] ?? [] })) })) : report("picked_up", { parts }));
  return html`<section class="stack tight"><h3>${t("Parts for this job")}</h3>
    <ul class="part-lines">${lines.map((line) => html`<li data-state=${line.state}><span class="number">${line.quantity} ×</span><span class="grow">${partName(line)} <span class="soft small">${line.sku}</span>${line.instead_of ? html`<span class="small soft instead">${insteadWord(line)}</span>` : nothing}</span><span class="small soft">${lineWord(line.state)}${line.places.length && line.state !== "on_van" ? html` · ${line.places.map((place) => place.name).join(", ")}` : nothing}</span></li>`)}</ul>
    ${parts.length ? html`<button type="button" class="field-button" @click=${fetched}>${icon("package-import")}${t("I have fetched them")}</button>` : nothing}</section>`;
}

/** Which pieces were fetched, of parts that are tracked: typed or scanned, one a line. */
function piecesDialog(lines, done) {
  const named = {};
  const split = (text) => text.split(/[\n,;]+/).map((one) => one.trim()).filter(Boolean);
  openDialog({
    title: t("Which ones?"),
    content: (close) => html`<form class="stack" @submit=${(event) => {
      event.preventDefault();
      const short = lines.find((line) => (named[line.part_id]?.length ?? 0) !== line.quantity - line.missing);
      if (short) return toast(t("%(part)s: name %(count)s serial numbers.", { part: partName(short), count: short.quantity - short.missing }));
      close();
      return done(named);
    }}>${lines.map((line) => html`<div class="field"><label class="form-label" for="pieces-${line.part_id}">${partName(line)} <span class="soft small">${line.sku}</span></label><textarea class="form-control" id="pieces-${line.part_id}" rows="2" @input=${(event) => (named[line.part_id] = split(event.target.value))}></textarea><div class="form-hint">${t("Serial numbers, one a line")}</div></div>`)}
      <button class="field-button field-button-main">${icon("package-import")}${t("I have fetched them")}</button></form>`,
  });
}

function checklist(visit, draft, keep, redraw) {
  if (!visit.checklist.length) return nothing;
  const tick = (key) => (event) => {
    draft.checklist[key] = event.target.checked;
    keep();
    redraw();
  };
  const done = visit.checklist.filter((line) => draft.checklist[line.key]).length;
  return html`<section class="stack tight"><h3>${t("Checklist")} <span class="soft">${t("%(done)s of %(all)s", { done, all: visit.checklist.length })}</span></h3>
    <div>${visit.checklist.map((line) => html`<label class="field-check"><input type="checkbox" .checked=${Boolean(draft.checklist[line.key])} @change=${tick(line.key)} /><span>${line.text}</span></label>`)}</div></section>`;
}

function used(visit, van, draft, keep, redraw) {
  const free = (part) => part.on_hand - part.reserved + promised(visit, part.part_id);
  const set = (id, count) => {
    if (count > 0) draft.used[id] = count;
    else delete draft.used[id];
    keep();
    redraw();
  };
  draft.serials ??= {};
  const pieces = (part) => (draft.serials[part.part_id] ?? []).filter((one) => part.serials.includes(one));
  const toggle = (part, number) => {
    const named = pieces(part);
    draft.serials[part.part_id] = named.includes(number) ? named.filter((one) => one !== number) : [...named, number];
    set(part.part_id, Math.max(draft.serials[part.part_id].length, draft.used[part.part_id] ?? 0));
  };
  const chosen = van.filter((part) => draft.used[part.part_id]);
  const others = van.filter((part) => !draft.used[part.part_id] && free(part) > 0);
  const add = (event) => {
    if (event.target.value) set(Number(event.target.value), 1);
    event.target.value = "";
  };
  return html`<section class="stack tight"><h3>${t("Parts used from my van")}</h3>
    ${chosen.length ? html`<ul class="part-lines">${chosen.map((part) => {
      const count = draft.used[part.part_id];
      return html`<li><span class="grow">${partName(part)} <span class="soft small">${part.sku}</span>${replaces(visit, part) ? html`<span class="small soft instead">${insteadWord(replaces(visit, part))}</span>` : nothing}</span>
        <span class="stepper"><button type="button" class="btn btn-icon" aria-label=${t("One less %(name)s", { name: partName(part) })} @click=${() => set(part.part_id, count - 1)}>${icon("minus")}</button><output>${count}</output><button type="button" class="btn btn-icon" aria-label=${t("One more %(name)s", { name: partName(part) })} ?disabled=${count >= free(part)} @click=${() => set(part.part_id, count + 1)}>${icon("plus")}</button></span></li>
        ${part.serial_tracked ? html`<li class="field-pieces"><span class="small soft">${t("Which ones?")}</span>${part.serials.map((number) => html`<button type="button" class="chip chip-choice" aria-pressed=${String(pieces(part).includes(number))} @click=${() => toggle(part, number)}>${number}</button>`)}</li>` : nothing}`;
    })}</ul>` : html`<p class="soft small">${t("None so far.")}</p>`}
    ${others.length ? html`<select class="form-select field-add" aria-label=${t("Add a part from my van")} @change=${add}><option value="">${t("Add a part from my van")}</option>${others.map((part) => html`<option value=${part.part_id}>${t("%(name)s (%(count)s there)", { name: partName(part), count: free(part) })}${replaces(visit, part) ? `, ${insteadWord(replaces(visit, part))}` : ""}</option>`)}</select>` : nothing}</section>`;
}

/** The part of the kit that this one of the van may replace, if there is one. */
const replaces = (visit, part) => (visit.alternates ?? []).find((one) => one.part_id === part.part_id);

const usedAlready = (visit) =>
  visit.used?.length ? html`<section class="stack tight"><h3>${t("Parts used")}</h3><ul class="part-lines">${visit.used.map((part) => html`<li><span class="number">${part.quantity} ×</span><span class="grow">${partName(part)} <span class="soft small">${[part.sku, ...(part.serials ?? []), ...(part.instead_of ? [insteadWord(part)] : [])].join(" · ")}</span></span></li>`)}</ul></section>` : nothing;

function notes(draft, keep) {
  const typed = (event) => {
    draft.result = event.target.value;
    keep();
  };
  return html`<section class="stack tight"><label class="form-label" for="field-notes">${t("What did you find and do?")}</label><textarea class="form-control" id="field-notes" rows="4" .value=${draft.result} @input=${typed}></textarea></section>`;
}

/** The one big button stays under the thumb; what is rarer stands above it at the end of the page. */
function foot(visit, draft, van, report) {
  const end = (action) => () => endDialog({ visit, draft, van, action, send: (data) => report(action, data) });
  const main = (picture, label, deed) => html`<div class="field-foot"><button type="button" class="field-button field-button-main" @click=${deed}>${icon(picture)}${label}</button></div>`;
  const other = (action, picture, label) => html`<button type="button" class="field-button" @click=${end(action)}>${icon(picture)}${label}</button>`;
  if (visit.status === "booked") return main("truck", t("On my way"), () => report("on_my_way"));
  if (visit.status === "on_the_way") {
    return html`<div class="field-buttons">${other("no_access", "lock", t("No access"))}</div>${main("map-pin", t("Arrived"), () => report("arrived"))}`;
  }
  return html`<div class="field-buttons">${other("needs_part", "package-off", t("Needs part"))}${other("no_access", "lock", t("No access"))}</div>
    ${visit.arrived_at ? html`<div class="small soft">${t("On site since %(time)s", { time: formatTime(visit.arrived_at) })}</div>` : nothing}
    ${main("check", t("Done"), end("done"))}`;
}
