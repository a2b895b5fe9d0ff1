// A proposal as a difference: what the days cost before and after, and each row with its reason, to be accepted whole or by row.
import { api, newKey, pageData } from "../core/api.js";
import { channel } from "../core/connection.js";
import { confirmDialog } from "../core/dialog.js";
import { html, icon, nothing, render, vars } from "../core/html.js";
import { formatDate, formatDuration, formatFull, formatMoney, formatNumber, formatTime, t, tn } from "../core/i18n.js";
import { chip, empty } from "../core/parts.js";
import { toast, toastError } from "../core/toast.js";
import { planTitle, statusKind, statusWord } from "./plan-words.js";

const place = document.getElementById("plan");
const actions = document.getElementById("plan-actions");
const { may } = pageData;
let plan = pageData.plan;
let busy = false;
const chosen = new Set(); // rows that are to be decided together
let pressed = null; // ids of the rows that were accepted here, until it is known what came of them
let seenAt = 0; // when the rows were read last while a worker accepts them
const READ_EVERY = 2000; // ms
const path = `/api/v1/plans/${plan.id}`;
const several = () => plan.first_day !== plan.last_day;
const undecided = () => plan.rows.filter((row) => row.undecided);
const mayDecide = () => may.manage && plan.decidable;
/** The ids of the chosen rows that are still open. */
const picked = () => undecided().filter((row) => chosen.has(row.id)).map((row) => row.id);

async function reload() {
  seenAt = performance.now();
  plan = await api.get(path);
  draw();
  tellOutcome();
}

async function does(what, body) {
  if (busy) return;
  busy = true;
  draw();
  try {
    plan = await api.post(`${path}/${what}`, body, { key: newKey(), timeout: 60_000 });
    tellOutcome();
  } catch (error) {
    pressed = null;
    toastError(error);
    await reload().catch(() => {});
  } finally {
    busy = false;
    draw();
    follow(); // what was said while we asked
  }
}

function accept(rows) {
  pressed = rows ?? undecided().map((row) => row.id);
  return does("acceptance", { rows });
}

/** What came of the rows that were accepted here, once nobody is at them any more. */
function tellOutcome() {
  if (!pressed || plan.accepting) return;
  const now = plan.rows.filter((row) => pressed.includes(row.id));
  pressed = null;
  const done = now.filter((row) => row.state === "accepted").length;
  const conflicts = now.filter((row) => row.state === "conflict").length;
  toast(conflicts ? t("%(done)s done, %(conflicts)s could not be done any more.", { done: formatNumber(done), conflicts: formatNumber(conflicts) }) : tn("%(count)s change done.", "%(count)s changes done.", done));
}

/** The chosen rows; with none chosen all that are left, after a question. */
async function refuse() {
  const rows = picked();
  if (rows.length) await does("refusal", { rows });
  else if (await confirmDialog({ title: t("Refuse what is left of the proposal?"), text: t("Nothing changes. You can ask for another plan at any time."), yes: t("Refuse"), no: t("Keep it") })) await does("refusal", { rows: null });
}

const when = (value) => html`<span class="nowrap" title=${formatFull(value, { zone: plan.time_zone })}>${several() ? `${formatDate(value, { zone: plan.time_zone })} ` : ""}${formatTime(value, { zone: plan.time_zone })}</span>`;

const KINDS = { book: t("New visit"), give: t("Other technician"), shift: t("Other time"), left: t("Nobody can come") };
const STATES = { waiting: t("waiting"), accepted: t("done"), refused: t("refused"), conflict: t("not possible any more") };

const crew = (name, helpers) => [name, ...helpers].join(", ");

function target(row) {
  if (row.kind === "left") return row.from_technician ? html`<span class="soft">${crew(row.from_technician, row.from_helpers)}, ${when(row.from_start)}</span>` : nothing;
  const before = row.from_start ? html`<div class="soft plan-before">${row.kind === "give" ? html`${crew(row.from_technician, row.from_helpers)}, ` : nothing}${when(row.from_start)}</div>` : nothing;
  return html`${before}<div><span class="strong">${crew(row.to_technician, row.to_helpers)}</span>, ${when(row.to_start)}</div>
    ${row.promise_changes && row.visit ? html`<div class="small plan-told">${icon("alert-triangle", { size: "small" })}${t("the customer is told %(from)s–%(until)s", { from: formatTime(row.promised_from, { zone: plan.time_zone }), until: formatTime(row.promised_until, { zone: plan.time_zone }) })}</div>` : nothing}`;
}

const acceptWord = (row) => (row.state === "conflict" ? t("Try again") : t("Accept it"));

function rowView(row) {
  const subject = row.customer ?? row.ticket.subject;
  return html`<tr data-row=${row.id}>
    ${selectable() ? html`<td class="plan-pick">${row.undecided ? html`<input class="form-check-input" type="checkbox" aria-label=${t("Select: %(what)s", { what: subject })} .checked=${chosen.has(row.id)} ?disabled=${busy} @change=${(event) => pick([row], event.target.checked)} />` : nothing}</td>` : nothing}
    <td><span class="chip ${row.kind === "left" ? "" : "chip-brand"}">${KINDS[row.kind]}</span></td>
    <td><a href=${`/tickets/${row.ticket.number}${row.visit ? `#visit-${row.visit}` : ""}`}><span class="soft">#${row.ticket.number}</span> <span class="strong">${subject}</span></a>
      <div class="small soft">${[row.job_type, row.address].filter(Boolean).join(" · ")}</div></td>
    <td>${target(row)}</td>
    <td class="small plan-why">${row.explanation.join(" · ")}${row.state === "conflict" ? html`<div class="plan-conflict" role="note">${icon("alert-circle", { size: "small" })}${row.reason}</div>` : nothing}</td>
    <td class="plan-do">${row.state === "open" ? nothing : html`<span class="small ${row.state === "conflict" ? "plan-conflict" : "soft"}">${row.state === "accepted" ? icon("check", { size: "small" }) : nothing}${STATES[row.state]}</span>`}
      ${row.undecided && mayDecide()
        ? html`<span class="row-of end"><button type="button" class="btn btn-sm" ?disabled=${busy} aria-label=${t("%(what)s: %(why)s", { what: acceptWord(row), why: subject })} @click=${() => accept([row.id])}>${acceptWord(row)}</button>
            <button type="button" class="btn btn-sm btn-quiet btn-icon" ?disabled=${busy} aria-label=${t("Refuse: %(what)s", { what: subject })} title=${t("Refuse")} @click=${() => does("refusal", { rows: [row.id] })}>${icon("x")}</button></span>`
        : nothing}</td></tr>`;
}

/** One row needs no choosing. */
const selectable = () => mayDecide() && undecided().length > 1;

function pick(rows, on) {
  for (const { id } of rows) on ? chosen.add(id) : chosen.delete(id);
  draw();
}

function pickAll() {
  const count = picked().length;
  return html`<th class="plan-pick"><label class="plan-pick-all"><input class="form-check-input" type="checkbox" aria-label=${t("Select all")} .checked=${count === undecided().length} .indeterminate=${count > 0 && count < undecided().length} ?disabled=${busy} @change=${(event) => pick(undecided(), event.target.checked)} /><span class="hide-wide" aria-hidden="true">${t("Select all")}</span></label></th>`;
}

function figures() {
  const { before, after } = plan;
  const lines = [
    [t("Visits made"), before.served, after.served, formatNumber, true],
    [t("Nobody can come"), before.left, after.left, formatNumber, false],
    [t("Late"), before.late, after.late, formatNumber, false],
    [t("Late together"), before.lateness, after.lateness, formatDuration, false],
    [t("On the road"), before.travel, after.travel, formatDuration, false],
    [t("Working time"), before.duty, after.duty, formatDuration, false],
    ...(before.money !== null && after.money !== null && before.currency === after.currency ? [[t("Cost of working time"), before.money, after.money, (value) => formatMoney(value, after.currency), false]] : []),
    [t("Change of technician"), 0, after.changes, formatNumber, null],
  ];
  return html`<table class="table table-dense plan-figures"><thead><tr><th><span class="visually-hidden">${t("Figure")}</span></th><th class="number">${t("Now")}</th><th class="number">${t("Proposed")}</th></tr></thead>
    <tbody>${lines.map(([label, was, is, shown, more]) => html`<tr><th scope="row">${label}</th><td class="number soft">${shown(was)}</td><td class="number strong">${shown(is)}<span class="plan-better">${more !== null && was !== is && (is > was) === more ? icon("check", { size: "small", label: t("better") }) : nothing}</span></td></tr>`)}</tbody></table>`;
}

function difference() {
  if (plan.technicians === 0) return empty({ icon: "users", title: t("Nobody is on shift"), text: t("No technician of this branch works then. Look at the rota, or plan another day."), action: html`<a class="btn" href="/rota">${t("To the rota")}</a>` });
  if (!plan.rows.length) return empty({ icon: "circle-check", title: t("Nothing to change"), text: t("The days are as good as the search could make them, and nothing waits for a visit.") });
  return nothing;
}

/** How far the worker is, of the search or of the rows that it does. */
const progress = (words, text, stop) => html`<section class="plan-wait" aria-live="polite"><p>${words}… <span class="soft">${plan.progress} %</span></p>
  <div class="plan-progress" role="progressbar" aria-label=${t("Progress")} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${plan.progress}><span ${vars({ "--share": String(plan.progress / 100) })}></span></div>
  <p class="small soft">${text}</p>
  ${may.manage ? html`<button type="button" class="btn" ?disabled=${busy} @click=${() => does("cancellation", {})}>${icon("x")}${stop}</button>` : nothing}</section>`;

function body() {
  if (plan.under_way) return progress(statusWord(plan.status), t("You can leave this page; the proposal will be here."), t("Cancel"));
  if (plan.status === "failed") return empty({ icon: "alert-circle", title: t("The search failed"), text: t("Nothing was changed. Ask for the plan again; if it fails again, tell your administrator: %(problem)s", { problem: plan.problem ?? "" }) });
  if (!plan.after) return empty({ icon: "circle-off", title: statusWord(plan.status), text: t("No proposal was made. Nothing was changed.") });
  return html`${plan.accepting ? progress(statusWord(plan.status), t("You can leave this page: the rest is done meanwhile. What is done stays done."), t("Stop")) : nothing}
    <div class="plan-columns"><section aria-label=${t("Figures")}>${figures()}
      ${plan.incomplete ? html`<p class="small soft">${t("The time was over before every visit had been tried: more seconds may place more.")}</p>` : nothing}</section>
    <section aria-label=${t("What changes")}>${difference()}
    ${plan.rows.length ? html`<div class="table-scroll"><table class="table plan-rows"><thead><tr>${selectable() ? pickAll() : nothing}<th>${t("Change")}</th><th>${t("For")}</th><th>${t("From and to")}</th><th>${t("Why")}</th><th><span class="visually-hidden">${t("Decide")}</span></th></tr></thead><tbody>${plan.rows.map(rowView)}</tbody></table></div>` : nothing}</section></div>`;
}

function draw() {
  render(
    html`<div class="stack loose">
      <div class="row-of wrap plan-head">${chip(statusWord(plan.status), { kind: statusKind(plan.status) })}<span class="soft">${plan.branch}${plan.created_by ? ` · ${plan.created_by}` : ""}</span>
        ${plan.decided_by ? html`<span class="soft small">${t("decided by %(name)s", { name: plan.decided_by })}</span>` : nothing}</div>
      ${body()}</div>`,
    place,
  );
  const [left, some] = [undecided().map((row) => row.id), picked()];
  render(
    mayDecide() && left.length
      ? html`<button type="button" class="btn btn-quiet" ?disabled=${busy} @click=${refuse}>${some.length ? t("Refuse the selected") : t("Refuse")}</button>
          <button type="button" class="btn btn-primary" ?disabled=${busy} aria-busy=${busy ? "true" : nothing} @click=${() => accept(some.length ? some : left)}>${icon("checks")}${some.length && some.length < left.length ? tn("Accept %(count)s selected change", "Accept %(count)s selected changes", some.length) : tn("Accept %(count)s change", "Accept all %(count)s changes", left.length)}</button>`
      : nothing,
    actions,
  );
}

document.querySelector("h1")?.replaceChildren(planTitle(plan));
place.replaceChildren();
draw();
const key = String(plan.id);
const watched = channel.watch("plans", {
  onReset: follow,
  onChange(change) {
    if (String(change.key) === key) follow();
  },
});
function follow() {
  const row = watched?.rows.get(key);
  if (!row || busy) return;
  const seen = `${plan.status} ${plan.decided_at}`;
  if ((row.under_way && plan.under_way) || (row.accepting && plan.accepting)) {
    plan = { ...plan, ...row };
    if (plan.accepting && performance.now() - seenAt > READ_EVERY) reload().catch(toastError);
    else draw();
  } else if (`${row.status} ${row.decided_at}` !== seen) reload().catch(toastError);
}
