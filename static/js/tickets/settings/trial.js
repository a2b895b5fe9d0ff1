// What-if: what the policy as written would have done with the tickets of the past 90 days, before anybody switches to it.
import { ApiError, api, newKey } from "../../core/api.js";
import { html, icon, nothing } from "../../core/html.js";
import { formatNumber, formatPercent, t, tn } from "../../core/i18n.js";
import { toastError } from "../../core/toast.js";
import { clockWord, PRIORITIES, priorityWord } from "../words.js";
import { shareKept, summed } from "./trial-sums.js";

const DAYS = 90;
const PAUSE = 1000; // milliseconds between two looks

/** trialPart({draft() → {policy_id, policy}; null: cannot be tried yet, queues, redraw}) → {draw(), stale()}. */
export function trialPart({ draft, queues, redraw }) {
  const state = { trial: null, busy: false, stale: false };
  const queueName = new Map(queues.map((queue) => [queue.id, queue.name]));

  async function attempt(work) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toastError(error);
    } finally {
      state.busy = false;
      redraw();
    }
  }

  async function begin() {
    const wanted = draft();
    if (!wanted || state.busy) return;
    Object.assign(state, { busy: true, stale: false, trial: null });
    redraw();
    await attempt(async () => {
      state.trial = await api.post("/api/v1/policy-trials", { ...wanted, days: DAYS }, { key: newKey() });
      redraw();
      while (state.trial.state === "running") {
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
        state.trial = await api.get(`/api/v1/policy-trials/${state.trial.id}`);
        redraw();
      }
    });
  }

  const stop = () => attempt(() => api.delete(`/api/v1/policy-trials/${state.trial.id}`));

  const share = (counts) => {
    const kept = shareKept(counts);
    return kept === null ? html`<span class="faint">–</span>` : html`${formatPercent(kept, 1)} <span class="soft tiny">${formatNumber(counts.met)}/${formatNumber(counts.met + counts.missed)}</span>`;
  };

  /** The difference in points, with its sign; the word says the direction, not a colour. */
  function difference({ before, after }) {
    const [was, is] = [shareKept(before), shareKept(after)];
    if (was === null || is === null) return html`<span class="faint">–</span>`;
    const points = (is - was) * 100;
    if (Math.abs(points) < 0.05) return html`<span class="soft">${t("the same")}</span>`;
    return html`<span class="with-icon">${icon(points > 0 ? "trending-up" : "trending-down", { size: "small" })}${formatNumber(points, { maximumFractionDigits: 1, signDisplay: "always" })}</span>`;
  }

  const line = (head, row, strong = false) => html`<tr class=${strong ? "strong" : nothing}>${head}<td>${clockWord(row.kind)}</td>
    <td class="number">${share(row.before)}</td><td class="number">${share(row.after)}</td><td class="number">${difference(row)}</td></tr>`;

  function table({ rows }) {
    const byPriority = [...rows].sort((a, b) => PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) || a.queue_id - b.queue_id || a.kind.localeCompare(b.kind));
    return html`<div class="table-scroll"><table class="table trial-table">
      <thead><tr><th scope="col">${t("Priority")}</th><th scope="col">${t("Queue")}</th><th scope="col">${t("Clock")}</th><th scope="col" class="number">${t("Kept before")}</th><th scope="col" class="number">${t("Kept with this")}</th><th scope="col" class="number">${t("Points")}</th></tr></thead>
      <tbody>${summed(rows).map((row) => line(html`<th scope="row" colspan="2">${t("All")}</th>`, row, true))}
        ${byPriority.map((row) => line(html`<th scope="row">${priorityWord(row.priority)}</th><td>${queueName.get(row.queue_id) ?? `#${row.queue_id}`}</td>`, row))}</tbody>
    </table></div>`;
  }

  function said() {
    const { trial } = state;
    if (!trial) return html`<div class="part-body soft">${t("Counts what this policy, as it is written here, would have kept and missed. Nothing changes for any ticket.")}</div>`;
    if (trial.state === "running")
      return html`<div class="part-body row-of"><progress class="grow" max=${Math.max(1, trial.total)} value=${trial.done} aria-label=${t("Tickets counted")}></progress>
        <span class="small number">${t("%(done)s of %(total)s", { done: formatNumber(trial.done), total: formatNumber(trial.total) })}</span><button type="button" class="btn btn-sm" @click=${stop}>${t("Stop")}</button></div>`;
    if (trial.state === "cancelled") return html`<div class="part-body soft">${t("Stopped.")}</div>`;
    if (!trial.tickets) return html`<div class="part-body soft">${t("There were no tickets in the past %(days)s days.", { days: trial.days })}</div>`;
    return html`<div class="part-body stack tight">
        ${state.stale ? html`<div class="note">${icon("info-circle")}<div>${t("The policy was changed since. Try it again.")}</div></div>` : nothing}
        <p class="small">${tn("%(count)s ticket was counted", "%(count)s tickets were counted", trial.tickets)}; ${tn("%(count)s would stand under another policy.", "%(count)s would stand under another policy.", trial.moved)}
          ${trial.untold ? html`<span class="soft">${tn("%(count)s clock cannot be told: it was not promised then.", "%(count)s clocks cannot be told: they were not promised then.", trial.untold)}</span>` : nothing}</p></div>
      ${table(trial)}`;
  }

  const draw = () => html`<section class="part">
    <div class="part-head wrap"><h2 class="grow">${t("What would it have done?")}</h2>
      <button type="button" class="btn btn-sm" aria-busy=${String(state.busy)} ?disabled=${state.busy} @click=${begin}>${icon("history", { size: "small" })}${t("Try it on the past %(days)s days", { days: DAYS })}</button></div>
    <div role="status">${said()}</div></section>`;

  return { draw, stale: () => (state.stale = Boolean(state.trial)) };
}
