// For supervisors: whose tickets lie because they are away, what waits for somebody, who has how much. Read afresh when a queue changes.
import { ApiError, api, pageData } from "../../core/api.js";
import { channel } from "../../core/connection.js";
import { html, icon, nothing, render, vars } from "../../core/html.js";
import { formatList, formatMoment, t, tn } from "../../core/i18n.js";
import { chip, empty, problem, skeleton, timeTag } from "../../core/parts.js";
import { toast, toastError } from "../../core/toast.js";
import { named, select } from "../../staff/fields.js";
import { formDialog } from "../../staff/form-dialog.js";
import { codeText, loadText, skippedTexts } from "./words.js";

const place = document.getElementById("workload");
place.replaceChildren(); // what the server drew until now
const PATHS = { away: "/api/v1/away-people", waiting: "/api/v1/waiting-tickets", loads: "/api/v1/workloads", handovers: "/api/v1/handovers" };
const OPEN = ["new", "open", "waiting", "scheduled"];
let data = null;
let failed = null;
let planned = 0;

async function load() {
  planned = 0;
  try {
    const answers = await Promise.all(Object.values(PATHS).map((path) => api.get(path)));
    data = Object.fromEntries(Object.keys(PATHS).map((name, at) => [name, answers[at].items]));
    failed = null;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    failed = error;
  }
  draw();
}

/** The list of somebody's open tickets. */
const openOf = (person) => {
  const items = [{ field: "assignee", op: "is", value: [person] }, { field: "status", op: "is", value: OPEN }];
  return `/tickets?conditions=${encodeURIComponent(JSON.stringify({ match: "all", items }))}`;
};

/** Many changes at once are one look. */
const soon = () => {
  planned ||= setTimeout(load, 1000);
};

async function takeBack(id) {
  try {
    const { back, kept } = await api.delete(`/api/v1/handovers/${id}`);
    toast(kept ? t("%(back)s taken back, %(kept)s were changed since and stay", { back, kept }) : tn("%(count)s ticket taken back", "%(count)s tickets taken back", back));
    await load();
  } catch (error) {
    toastError(error);
  }
}

function handOver(person) {
  formDialog({
    title: t("Hand over the tickets of %(name)s", { name: person.name }),
    size: "small",
    save: t("Hand over"),
    content: html`<p>${tn("%(count)s open ticket", "%(count)s open tickets", person.open)} · <a href=${openOf(person.person_id)}>${t("show them")}</a></p>
      ${select({ name: "to_id", label: t("To"), none: t("whom the rules find for each"), options: named(pageData.people.filter((one) => one.id !== person.person_id)), number: true, hint: t("For whom nobody is found, goes back to its queue.") })}`,
    path: "/api/v1/handovers",
    body: ({ to_id: to }) => ({ person_id: person.person_id, to_id: to }),
    done: (done) => {
      toast(done.unplaced ? t("%(given)s handed over, %(unplaced)s back in their queues", { given: done.tickets - done.unplaced, unplaced: done.unplaced }) : tn("%(count)s ticket handed over", "%(count)s tickets handed over", done.tickets), { undo: () => takeBack(done.id) });
      load();
    },
  });
}

const awayLine = (person) => html`<li><span class="grow"><strong>${person.name}</strong> <span class="soft">${person.reason}, ${formatMoment(person.starts_at)} – ${formatMoment(person.ends_at)}</span></span>
  <a href=${openOf(person.person_id)}>${tn("%(count)s open ticket", "%(count)s open tickets", person.open)}</a>
  <button type="button" class="btn btn-sm" @click=${() => handOver(person)}>${icon("users-group", { size: "small" })}${t("Hand over…")}</button></li>`;

const whereTo = (row) =>
  [row.to.length ? t("to %(names)s", { names: formatList(row.to) }) : "", row.unplaced ? tn("%(count)s back in its queue", "%(count)s back in their queues", row.unplaced) : ""].filter(Boolean).join(" · ");

const handoverLine = (row) => html`<li><span class="grow">${tn("%(count)s ticket of %(name)s", "%(count)s tickets of %(name)s", row.tickets, { name: row.person })} <span class="soft">${whereTo(row)}</span></span>
  ${timeTag(row.done_at)}${row.undone_at ? chip(t("taken back")) : html`<button type="button" class="btn btn-sm btn-quiet" @click=${() => takeBack(row.id)}>${icon("arrow-back-up", { size: "small" })}${t("Take back")}</button>`}</li>`;

const waitingLine = (row) => html`<li><span class="grow stack tight"><a href=${`/tickets/${row.number}`}><strong>#${row.number}</strong> ${row.subject}</a>
  <span class="small soft">${[row.queue, ...skippedTexts(row.why).slice(0, 4)].join(" · ")}</span></span>${row.told_at ? chip(t("supervisors told")) : nothing}${timeTag(row.since)}</li>`;

function stateText(row) {
  if (row.absent_until) return codeText({ code: "absent", until: row.absent_until, reason: row.reason });
  if (row.away) return codeText({ code: "away" });
  if (row.presence === "offline") return row.on_shift ? codeText({ code: "offline" }) : codeText({ code: "off_shift" });
  return row.presence === "break" ? codeText({ code: "break" }) : t("there");
}

const loadLine = (row) => html`<tr><td><a href=${openOf(row.person_id)}>${row.name}</a></td>
  <td><span class="load"><span class="load-bar" aria-hidden="true"><i ${vars({ "--share": Math.min(1, row.held / row.capacity) })}></i></span><span class="number">${loadText(row)}</span></span></td>
  <td class=${row.presence === "offline" || row.absent_until ? "soft" : ""}>${stateText(row)}</td></tr>`;

function draw() {
  if (failed) return render(problem(failed, load), place);
  if (!data) return render(skeleton(8), place);
  return render(
    html`${data.away.length ? html`<section class="part"><div class="part-head wrap"><h2>${t("Away, with open tickets")}</h2><span class="count">${data.away.length}</span></div><ul class="lines load-lines">${data.away.map(awayLine)}</ul></section>` : nothing}
      <section class="part"><div class="part-head wrap"><h2>${t("Nobody found")}</h2><span class="count">${data.waiting.length}</span></div>
        ${data.waiting.length ? html`<ul class="lines load-lines">${data.waiting.map(waitingLine)}</ul>` : html`<div class="part-body soft">${t("The rules have found somebody for every ticket they are for.")}</div>`}</section>
      <section class="part"><div class="part-head"><h2>${t("Open tickets by person")}</h2></div>
        ${data.loads.length ? html`<div class="table-scroll"><table class="table table-dense"><thead><tr><th scope="col">${t("Name")}</th><th scope="col">${t("Has")}</th><th scope="col">${t("Is")}</th></tr></thead><tbody>${data.loads.map(loadLine)}</tbody></table></div>` : empty({ icon: "users", title: t("No agents yet"), text: t("Invite colleagues in the settings.") })}</section>
      ${data.handovers.length ? html`<section class="part"><div class="part-head"><h2>${t("Handed over")}</h2></div><ul class="lines load-lines">${data.handovers.map(handoverLine)}</ul></section>` : nothing}`,
    place,
  );
}

for (const queue of pageData.queues) channel.watch(`queue:${queue.id}`, { onReset: soon, onChange: soon });
load();
