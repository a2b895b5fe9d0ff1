// Leave: the reader's own, and for who decides what waits, with the visits it would hit.
import { ApiError, api, pageData } from "../core/api.js";
import { html, icon, nothing, render } from "../core/html.js";
import { formatDate, formatFull, formatMoment, t, tn } from "../core/i18n.js";
import { empty, problem, skeleton } from "../core/parts.js";
import { toast, toastError } from "../core/toast.js";
import { area, field, select } from "./fields.js";
import { formDialog } from "./form-dialog.js";

const place = document.getElementById("leave");
const STATES = { requested: t("asked for"), approved: t("approved"), refused: t("refused"), cancelled: t("cancelled") };
const MARKS = { requested: "clock", approved: "check", refused: "x", cancelled: "minus" };
const { person, may } = pageData;
let lists = null;
let failed = null;

const day = (text) => formatDate(`${text}T12:00:00Z`, { zone: "UTC" });

/** "Mon, Mar 9 – Wed, Mar 11", with the times of a part of a day. */
function span({ first_day, last_day, starts, ends }) {
  const one = first_day === last_day;
  if (one && starts && ends) return `${day(first_day)} ${starts}–${ends}`;
  const from = starts ? `${day(first_day)} ${starts}` : day(first_day);
  const until = ends ? `${day(last_day)} ${ends}` : day(last_day);
  return one && !starts && !ends ? from : `${from} – ${until}`;
}

async function load() {
  try {
    const [mine, waiting, decided] = await Promise.all([
      person ? api.get("/api/v1/me/leave") : { items: [] },
      may.decide ? api.get("/api/v1/leave") : { items: [] },
      may.decide ? api.get("/api/v1/leave", { decided: true }) : { items: [] },
    ]);
    lists = { mine: mine.items, waiting: waiting.items, decided: decided.items };
    failed = null;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    failed = error;
  }
  draw();
}

async function tried(deed) {
  try {
    await deed();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toastError(error);
  }
  await load();
}

const ask = () =>
  formDialog({
    title: t("Ask for leave"),
    path: "/api/v1/me/leave",
    save: t("Ask"),
    content: html`${select({ name: "kind", label: t("Kind of leave"), options: pageData.kinds, value: "vacation" })}
      <div class="fields">
        ${field({ name: "first_day", label: t("First day"), type: "date", min: pageData.today })}
        ${field({ name: "last_day", label: t("Last day, included"), type: "date", min: pageData.today })}
      </div>
      <div class="fields">
        ${field({ name: "starts", label: t("On the first day from"), placeholder: "12:00", mode: "numeric", hint: t("Empty: the whole day") })}
        ${field({ name: "ends", label: t("On the last day until"), placeholder: "12:00", mode: "numeric", hint: t("Empty: the whole day") })}
      </div>
      ${area({ name: "note", label: t("Note") })}`,
    done: () => {
      toast(t("Your supervisors were told."));
      load();
    },
  });

const cancel = (row) =>
  tried(async () => {
    await api.post(`/api/v1/leave/${row.id}/cancellation`);
    toast(t("Cancelled."));
  });

const approve = (row) =>
  tried(async () => {
    const { hits } = await api.post(`/api/v1/leave/${row.id}/approval`, { answer: answerOf(row) });
    toast(hits.length ? tn("Approved. %(count)s visit is to be placed anew.", "Approved. %(count)s visits are to be placed anew.", hits.length) : t("Approved."));
  });

const refuse = (row) =>
  formDialog({
    title: t("Refuse the leave of %(name)s", { name: row.person }),
    size: "small",
    path: `/api/v1/leave/${row.id}/refusal`,
    save: t("Refuse"),
    content: area({ name: "answer", label: t("Why?"), value: answerOf(row), hint: t("%(name)s reads it.", { name: row.person }) }),
    done: () => load(),
  });

const answerOf = (row) => document.getElementById(`answer-${row.id}`)?.value.trim() ?? "";

const hitLine = (hit) => html`<li class="small"><a href=${hit.address}>${t("Visit %(number)s", { number: hit.number })}</a> <span title=${formatFull(hit.start)}>${formatMoment(hit.start)}</span> · ${hit.title}</li>`;

const waitingLine = (row) => html`<li class="leave-card">
  <div class="row-of wrap"><span class="strong grow">${row.person}</span><span class="chip">${row.kind_name}</span></div>
  <div>${span(row)}</div>
  ${row.note ? html`<div class="soft small">${row.note}</div>` : nothing}
  ${row.hits.length
    ? html`<div class="note">${icon("alert-triangle")}<div class="grow">${tn("%(count)s booked visit would have to be placed anew:", "%(count)s booked visits would have to be placed anew:", row.hits.length)}
        <ul class="leave-hits">${row.hits.map(hitLine)}</ul></div></div>`
    : html`<div class="soft small">${t("No booked visit lies in it.")}</div>`}
  <div class="row-of wrap"><input class="form-control grow leave-answer" id="answer-${row.id}" maxlength="1000" autocomplete="off" placeholder=${t("A word with it")} aria-label=${t("A word to %(name)s", { name: row.person })} />
    <button type="button" class="btn btn-primary" @click=${() => approve(row)}>${icon("check")}${t("Approve")}</button>
    <button type="button" class="btn" @click=${() => refuse(row)}>${t("Refuse")}</button></div>
</li>`;

const taken = (row) => row.state === "requested" || row.state === "approved";

const line = (row, { named = false } = {}) => html`<li class="leave-line">
  <span class="grow"><span class="strong">${named ? row.person : row.kind_name}</span> <span class="soft">${[named ? row.kind_name : "", span(row)].filter(Boolean).join(" · ")}</span>
    ${row.answer ? html`<div class="small soft">${row.decided_by ? t("%(name)s: %(words)s", { name: row.decided_by, words: row.answer }) : row.answer}</div>` : nothing}</span>
  <span class="chip" data-state=${row.state}>${icon(MARKS[row.state])}${STATES[row.state]}</span>
  ${taken(row) && (may.decide || row.last_day >= pageData.today)
    ? html`<button type="button" class="btn btn-sm" @click=${() => cancel(row)}>${t("Take back")}</button>`
    : nothing}
</li>`;

const deciding = () => html`<section class="part"><div class="part-head"><h2>${t("To decide")}</h2><span class="count">${lists.waiting.length || ""}</span></div>
    ${lists.waiting.length ? html`<ul class="lines leave-cards">${lists.waiting.map(waitingLine)}</ul>` : html`<div class="part-body soft">${t("Nobody waits for a decision.")}</div>`}</section>`;

const mine = () => html`<section class="part"><div class="part-head"><h2>${t("My leave")}</h2></div>
    ${lists.mine.length ? html`<ul class="lines">${lists.mine.map((row) => line(row))}</ul>` : html`<div class="part-body soft">${t("You have not asked for any yet.")}</div>`}</section>`;

const before = () => html`<section class="part"><div class="part-head"><h2>${t("Decided")}</h2></div><ul class="lines">${lists.decided.map((row) => line(row, { named: true }))}</ul></section>`;

function shown() {
  if (failed) return problem(failed, load);
  if (!lists) return skeleton(6);
  if (!person && !may.decide) return empty({ icon: "calendar-off", title: t("No leave to ask for"), text: t("Your account is nobody who takes calls or drives out.") });
  return html`<div class="stack loose">${may.decide ? deciding() : nothing}${person ? mine() : nothing}${lists.decided.length ? before() : nothing}</div>`;
}

const draw = () => render(shown(), place);

place.replaceChildren(); // the server drew what is shown until this script runs
document.getElementById("ask").addEventListener("click", ask);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && load());
draw();
load();
