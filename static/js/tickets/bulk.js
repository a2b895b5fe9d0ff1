// One change of many tickets: what is picked, or everything of the list; shown while it goes on, reported, and taken back.
import { ApiError, api, newKey, pageData } from "../core/api.js";
import { openDialog } from "../core/dialog.js";
import { html, nothing } from "../core/html.js";
import { formatNumber, t, tn } from "../core/i18n.js";
import { toast, toastError } from "../core/toast.js";
import { PRIORITIES, priorityWord, STATUSES, statusWord, WAIT_REASONS, waitWord } from "./words.js";

const path = "/api/v1/tickets/bulk-runs";
const LOOK_AGAIN = 1000;
const OVER = new Set(["done", "undone", "cancelled"]);

/** Follow a run until it is over; `watched(run)` is told how far it is. */
async function finished(run, watched) {
  let found = run;
  while (!OVER.has(found.state)) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN));
    found = await api.get(`${path}/${run.id}`);
    watched(found);
  }
  return found;
}

/** A dialog with how far a long run is; it may be closed, the run goes on. */
function progress(run) {
  let now = run;
  const stop = () => api.delete(`${path}/${run.id}`).catch(toastError);
  const done = () => now.total - (now.state === "undoing" ? now.changed : now.waiting);
  const dialog = openDialog({
    title: t("Changing tickets"),
    size: "small",
    content: () => html`<div class="stack">
      <progress class="run-progress" max=${now.total} value=${done()} aria-label=${t("How far it is")}></progress>
      <p role="status">${t("%(done)s of %(total)s", { done: formatNumber(done()), total: formatNumber(now.total) })}${now.refused ? ` · ${tn("%(count)s refused", "%(count)s refused", now.refused)}` : ""}</p>
      <p class="small soft">${t("This goes on when you close it.")}</p>
      ${now.state === "running" ? html`<div><button type="button" class="btn" @click=${stop}>${t("Stop here")}</button></div>` : nothing}
    </div>`,
  });
  return {
    show: (found) => {
      now = found;
      if (dialog.element.open) dialog.update();
    },
    close: () => dialog.close(),
  };
}

async function watch(run, then) {
  const dialog = OVER.has(run.state) ? null : progress(run);
  const found = await finished(run, (state) => dialog?.show(state));
  dialog?.close();
  then();
  return found;
}

function report(run) {
  if (!run.problems.length) return;
  const refused = run.refused + run.kept;
  const show = () =>
    openDialog({
      title: tn("%(count)s ticket was left as it is", "%(count)s tickets were left as they are", refused),
      content: () => html`<ul class="run-problems">${run.problems.map((one) => html`<li><a href=${`/tickets/${one.number}`}>#${one.number}</a> ${one.title}</li>`)}</ul>
        ${refused > run.problems.length ? html`<p class="small soft">${t("The first %(count)s.", { count: formatNumber(run.problems.length) })}</p>` : nothing}`,
    });
  const text = refused === 1 ? `#${run.problems[0].number}: ${run.problems[0].title}` : tn("%(count)s refused", "%(count)s refused", refused);
  toast(text, { kind: "problem", ...(refused > 1 && { action: { label: t("Which ones?"), run: show } }) });
}

/** Change `which` ({numbers} or {selection}); `then` runs whenever tickets may look different. */
export async function changeMany(which, changes, then) {
  try {
    const run = await watch(await api.post(path, { ...which, changes }, { key: newKey() }), then);
    const undo = async () => {
      try {
        const back = await watch(await api.post(`${path}/${run.id}/undoing`, {}), then);
        toast(tn("%(count)s ticket is as it was", "%(count)s tickets are as they were", back.undone));
        report(back);
      } catch (error) {
        toastError(error);
      }
    };
    toast(tn("%(count)s ticket changed", "%(count)s tickets changed", run.changed), run.changed ? { undo } : {});
    report(run);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toastError(error);
  }
}

const choice = ({ label, word, options, value }, change) => html`<select class="form-select bulk-choice" aria-label=${label} @change=${(event) => {
    const chosen = event.target.value;
    event.target.selectedIndex = 0;
    change(value(chosen));
  }}>
    <option value="" selected disabled hidden>${word}</option>${options.map(([key, name]) => html`<option value=${key}>${name}</option>`)}
  </select>`;

/** What can be done with them: `change(changes)` is called with the choice. */
export function bulkTools(change) {
  const tag = (event, name) => {
    event.preventDefault();
    const tags = event.target.elements.tag.value.split(",").map((one) => one.trim()).filter(Boolean);
    if (tags.length) change({ [name]: tags });
  };
  const statuses = [...STATUSES.filter((status) => status !== "new" && status !== "waiting").map((status) => [status, statusWord({ status })]), ...WAIT_REASONS.map((reason) => [`waiting:${reason}`, waitWord(reason)])];
  return html`
    ${choice({ label: t("Assign to"), word: t("Assign to…"), value: (id) => ({ assignee_id: id === "nobody" ? null : Number(id) }), options: [...(pageData.me ? [[pageData.me, t("me")]] : []), ["nobody", t("nobody")], ...pageData.people.filter((person) => person.id !== pageData.me).map((person) => [person.id, person.name])] }, change)}
    ${choice({ label: t("Set priority"), word: t("Priority…"), value: (priority) => ({ priority }), options: PRIORITIES.map((key) => [key, priorityWord(key)]) }, change)}
    ${choice({ label: t("Move to queue"), word: t("Queue…"), value: (id) => ({ queue_id: Number(id) }), options: pageData.queues.map((queue) => [queue.id, queue.name]) }, change)}
    ${choice({ label: t("Set status"), word: t("Status…"), value: (key) => (key.startsWith("waiting:") ? { status: "waiting", wait_reason: key.slice(8) } : { status: key }), options: statuses }, change)}
    <form class="row-of" @submit=${(event) => tag(event, "add_tags")}><input class="form-control bulk-choice" name="tag" placeholder=${t("Add a tag")} aria-label=${t("Add a tag")} maxlength="200"></form>
    <form class="row-of" @submit=${(event) => tag(event, "remove_tags")}><input class="form-control bulk-choice" name="tag" placeholder=${t("Take off a tag")} aria-label=${t("Take off a tag")} maxlength="200"></form>`;
}
