// The delivery log of a webhook: what was sent, what came back, once more.
import { ApiError, api } from "./api.js";
import { openDialog } from "./dialog.js";
import { html, icon, nothing } from "./html.js";
import { formatMoment, formatNumber, t, tn } from "./i18n.js";
import { chip, problem, skeleton, timeTag } from "./parts.js";
import { dataTable } from "./table.js";
import { toast, toastError } from "./toast.js";
import { STATES, outcome } from "./webhooks-words.js";

const FOLLOWED = 20; // seconds until a test is believed to be waiting for other work
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const pretty = (body) => {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
};

const milliseconds = (value) => t("%(count)s ms", { count: formatNumber(value) });

/** Draws the log; `changed()` is called when the webhook itself may be another. Returns {reload(), follow(id)}. */
export function deliveryLog(element, webhook, events, changed) {
  const address = `/api/v1/webhooks/${webhook.id}/deliveries`;

  async function replay(row, close) {
    try {
      await api.post(`${address}/${row.id}/replay`);
      close?.();
      toast(t("It is sent once more."));
      await follow(row.id);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toastError(error);
    }
  }

  /** Look until the delivery was tried, then show it in its place. */
  async function follow(id) {
    table.reload();
    for (let second = 0; second < FOLLOWED; second += 1) {
      await pause(1000);
      const found = await api.get(`${address}/${id}`);
      if (found.attempts > 0) {
        toast(found.state === "delivered" ? t("Delivered.") : t("Not accepted: %(outcome)s", { outcome: outcome(found.last) }), { kind: found.state === "delivered" ? "plain" : "problem" });
        break;
      }
    }
    table.reload();
    changed();
  }

  const attempt = (one) => html`<li class="stack tight">
      <div class="row-of wrap"><span class="strong">${outcome(one)}</span><span class="small soft">${timeTag(one.at)} · ${milliseconds(one.milliseconds)}</span></div>
      ${one.answer ? html`<pre class="webhook-text" tabindex="0">${one.answer}</pre>` : nothing}</li>`;

  const inFull = (found, close) => html`<div class="stack">
      <dl class="facts">
        <dt>${t("Event")}</dt><dd><code>${found.event}</code></dd>
        <dt>${t("State")}</dt><dd>${STATES[found.state]}${found.next_at ? html` · ${t("next attempt %(time)s", { time: formatMoment(found.next_at) })}` : nothing}</dd>
        <dt>Callout-Delivery</dt><dd><code>${found.key}</code></dd>
      </dl>
      <div class="form-actions"><button type="button" class="btn" @click=${() => replay(found, close)}>${icon("repeat")}${t("Send once more")}</button></div>
      <h3>${tn("%(count)s attempt", "%(count)s attempts", found.tries.length)}</h3>
      ${found.tries.length ? html`<ol class="webhook-attempts">${found.tries.toReversed().map(attempt)}</ol>` : html`<p class="soft">${t("Not tried yet.")}</p>`}
      <h3>${t("What was sent")}</h3>
      ${found.body ? html`<pre class="webhook-text" tabindex="0">${pretty(found.body)}</pre>` : html`<p class="soft">${t("It is put together at the first attempt.")}</p>`}
    </div>`;

  function open(row) {
    let found = null;
    let failure = null;
    const dialog = openDialog({
      title: t("Delivery"),
      side: true,
      content: (close) => (found ? inFull(found, close) : failure ? problem(failure, load) : skeleton(6)),
    });
    async function load() {
      failure = null;
      try {
        found = await api.get(`${address}/${row.id}`);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        failure = error;
      }
      dialog.update();
    }
    load();
  }

  function tools(made) {
    const select = (name, label, none, options) => html`<select class="form-select table-search" aria-label=${label} @change=${(event) => made.setFilters({ [name]: event.target.value })}>
      <option value="">${none}</option>${options.map(([value, text]) => html`<option value=${value} ?selected=${made.state.filters[name] === value}>${text}</option>`)}</select>`;
    return html`${select("state", t("State"), t("All states"), Object.entries(STATES))}
      ${select("event", t("Event"), t("All events"), events.map((event) => [event.name, event.label]))}
      <button type="button" class="btn" @click=${() => made.reload()}>${icon("refresh")}${t("Refresh")}</button>`;
  }

  const table = dataTable(element, {
    id: "webhook-log",
    label: t("Delivery log"),
    columns: [
      { key: "event", label: t("Event"), fixed: true, cell: (row) => html`<button type="button" class="link-button" @click=${() => open(row)}>${row.event}</button>` },
      { key: "at", label: t("Happened"), cell: (row) => timeTag(row.created_at) },
      { key: "state", label: t("State"), cell: (row) => html`${chip(STATES[row.state], { kind: row.state === "failed" ? "strong" : "" })}${row.next_at && row.attempts ? html` <span class="small soft">${t("next attempt %(time)s", { time: formatMoment(row.next_at) })}</span>` : nothing}` },
      { key: "answer", label: t("Answer"), cell: (row) => (row.last ? outcome(row.last) : nothing) },
      { key: "duration", label: t("Duration"), number: true, cell: (row) => (row.last ? milliseconds(row.last.milliseconds) : nothing) },
      { key: "attempts", label: t("Attempts"), number: true, cell: (row) => formatNumber(row.attempts) },
      { key: "again", label: "", fixed: true, cell: (row) => (row.state === "failed" ? html`<button type="button" class="btn btn-sm" @click=${() => replay(row)}>${t("Send once more")}</button>` : nothing) },
    ],
    key: (row) => row.id,
    load: ({ after, filters }) => api.get(address, { after, state: filters.state, event: filters.event }),
    tools,
    empty: { icon: "webhook", title: t("Nothing sent yet"), text: t("Send a test, or wait until something happens. Deliveries are kept for 14 days.") },
  });
  return { reload: () => table.reload(), follow };
}
