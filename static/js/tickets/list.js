// The list of tickets: filters, sorting, bulk actions; the address holds the whole state.
import { api, pageData } from "../core/api.js";
import { clockChip } from "../core/clock-chip.js";
import { html, icon, nothing } from "../core/html.js";
import { t, tn } from "../core/i18n.js";
import { timeTag } from "../core/parts.js";
import { dataTable } from "../core/table.js";
import { toast, toastError } from "../core/toast.js";
import { suggest } from "./tags.js";
import { CHANNEL_ICONS, channelWord, chipOf, firstClock, kindWord, PRIORITIES, priorityWord, statusWord } from "./words.js";

const VIEWS = [
  { key: "open", label: t("All open"), filters: { open: "true" } },
  { key: "mine", label: t("Mine"), filters: { open: "true", assignee: "me" } },
  { key: "nobody", label: t("Nobody's"), filters: { open: "true", assignee: "none" } },
  { key: "unanswered", label: t("Unanswered"), filters: { open: "true", unanswered: "true" } },
  { key: "waiting", label: t("Waiting"), filters: { status: "waiting" } },
  { key: "done", label: t("Resolved and closed"), filters: { open: "false" } },
];
const KEYS = ["open", "assignee", "unanswered", "status"];

const table = dataTable(document.getElementById("tickets"), {
  id: "tickets",
  label: t("Tickets"),
  sort: "due",
  oneWay: true,
  columns: [
    { key: "number", label: t("Number"), fixed: true, cell: (row) => html`<span class="number">#${row.number}</span>` },
    { key: "subject", label: t("Subject"), fixed: true, cell: (row) => html`<strong class="subject-cell">${row.subject}</strong>${row.tags?.length ? html`<span class="row-of wrap tiny">${row.tags.map((tag) => html`<span class="chip">${tag}</span>`)}</span>` : nothing}` },
    { key: "customer", label: t("Customer"), cell: (row) => row.customer ?? row.contact_email ?? row.contact_phone ?? t("Unknown") },
    { key: "status", label: t("Status"), cell: (row) => statusWord(row) },
    { key: "clock", label: t("Clock"), sort: "due", cell: (row) => { const clock = firstClock(row); return clock ? clockChip({ ...chipOf(clock), explain: undefined }) : nothing; } },
    { key: "priority", label: t("Priority"), cell: (row) => priorityWord(row.priority) },
    { key: "queue", label: t("Queue"), cell: (row) => row.queue },
    { key: "assignee", label: t("Assignee"), cell: (row) => row.assignee ?? html`<span class="soft">${t("nobody")}</span>` },
    { key: "channel", label: t("Came by"), hidden: true, cell: (row) => html`${icon(CHANNEL_ICONS[row.channel] ?? "ticket", { size: "small" })} ${channelWord(row.channel)}` },
    { key: "kind", label: t("Kind"), hidden: true, cell: (row) => kindWord(row.kind) },
    { key: "created", label: t("Opened"), sort: "-created", hidden: true, cell: (row) => timeTag(row.created_at) },
    { key: "updated", label: t("Changed"), sort: "-updated", cell: (row) => timeTag(row.updated_at) },
  ],
  key: (row) => row.number,
  load: ({ sort, after, filters }) => {
    const wanted = Object.keys(filters ?? {}).length ? filters : { open: "true" };
    return api.get("/api/v1/tickets", { sort: (sort || "due").replace("-", ""), after: after || undefined, limit: 50, ...wanted });
  },
  open: (row) => `/tickets/${row.number}`,
  tools: (shown) => tools(shown),
  actions: pageData.may_write ? (keys, shown) => bulk(keys, shown) : undefined,
  empty: { icon: "ticket", title: t("No tickets here"), text: t("Another view or filter may show some.") },
});

function tools(shown) {
  const filters = shown.state?.filters ?? {};
  const current = VIEWS.find((view) => KEYS.every((key) => (view.filters[key] ?? "") === (filters[key] ?? (Object.keys(filters).length ? "" : (VIEWS[0].filters[key] ?? "")))));
  const set = (changes) => {
    const next = { ...filters, ...changes };
    for (const key of Object.keys(next)) if (!next[key]) delete next[key];
    shown.setFilters(next);
  };
  return html`<div class="list-tools">
    ${VIEWS.map((view) => html`<button type="button" class="chip chip-choice" aria-pressed=${String(current?.key === view.key)} @click=${() => set({ ...Object.fromEntries(KEYS.map((key) => [key, ""])), ...view.filters })}>${view.label}</button>`)}
    <select class="form-select" aria-label=${t("Queue")} @change=${(event) => set({ queue_id: event.target.value })}>
      <option value="">${t("All queues")}</option>${pageData.queues.map((queue) => html`<option value=${queue.id} ?selected=${String(queue.id) === String(filters.queue_id ?? "")}>${queue.name}</option>`)}
    </select>
    <select class="form-select" aria-label=${t("Priority")} @change=${(event) => set({ priority: event.target.value })}>
      <option value="">${t("Every priority")}</option>${PRIORITIES.map((key) => html`<option value=${key} ?selected=${key === filters.priority}>${priorityWord(key)}</option>`)}
    </select>
    <input type="search" class="form-control tag-filter" list="tags-known" placeholder=${t("Tag")} aria-label=${t("Tag")} .value=${filters.tags ?? ""} @input=${(event) => suggest(event.target)} @change=${(event) => set({ tags: event.target.value.trim() })}><datalist id="tags-known"></datalist>
    <input type="search" class="form-control" placeholder=${t("Words, number, serial")} aria-label=${t("Search in tickets")} .value=${filters.text ?? ""} @change=${(event) => set({ text: event.target.value.trim() })}>
  </div>`;
}

/** Change many, say how many were and why others were not, offer the way back. */
async function change(keys, changes, shown) {
  const numbers = [...keys].map(Number);
  const before = new Map(shown.rows.filter((row) => numbers.includes(row.number)).map((row) => [row.number, row]));
  try {
    const { changed, refused } = await api.post("/api/v1/tickets/bulk", { numbers, changes });
    shown.clearSelection();
    shown.reload();
    const [field] = Object.keys(changes);
    const undo = async () => {
      const groups = Map.groupBy(changed, (number) => before.get(number)?.[field] ?? null);
      for (const [value, members] of groups) await api.post("/api/v1/tickets/bulk", { numbers: members, changes: { [field]: value } });
      shown.reload();
    };
    toast(tn("%(count)s ticket changed", "%(count)s tickets changed", changed.length), changed.length ? { undo } : {});
    for (const one of refused) toast(`#${one.number}: ${one.title}`, { kind: "problem" });
  } catch (error) {
    toastError(error);
  }
}

function bulk(keys, shown) {
  return html`
    <select class="form-select bulk-choice" aria-label=${t("Assign to")} @change=${(event) => { change(keys, { assignee_id: event.target.value ? Number(event.target.value) : null }, shown); }}>
      <option value="" selected disabled hidden>${t("Assign to…")}</option>${pageData.people.map((person) => html`<option value=${person.id}>${person.name}</option>`)}
    </select>
    <select class="form-select bulk-choice" aria-label=${t("Set priority")} @change=${(event) => change(keys, { priority: event.target.value }, shown)}>
      <option value="" selected disabled hidden>${t("Priority…")}</option>${PRIORITIES.map((key) => html`<option value=${key}>${priorityWord(key)}</option>`)}
    </select>
    <select class="form-select bulk-choice" aria-label=${t("Move to queue")} @change=${(event) => change(keys, { queue_id: Number(event.target.value) }, shown)}>
      <option value="" selected disabled hidden>${t("Queue…")}</option>${pageData.queues.map((queue) => html`<option value=${queue.id}>${queue.name}</option>`)}
    </select>
    <form class="row-of" @submit=${(event) => { event.preventDefault(); tagAll(keys, event.target.elements.tag.value, shown); }}>
      <input class="form-control bulk-choice" name="tag" placeholder=${t("Add a tag")} aria-label=${t("Add a tag")} maxlength="200">
    </form>`;
}

/** Put a tag on many; the way back takes it off those that did not have it. */
async function tagAll(keys, text, shown) {
  const tag = text.trim();
  if (!tag) return;
  const numbers = [...keys].map(Number);
  const had = new Set(shown.rows.filter((row) => (row.tags ?? []).some((one) => one.toLowerCase() === tag.toLowerCase())).map((row) => row.number));
  try {
    const { changed, refused } = await api.post("/api/v1/tickets/bulk", { numbers, changes: { add_tags: [tag] } });
    shown.clearSelection();
    shown.reload();
    const undo = async () => {
      await api.post("/api/v1/tickets/bulk", { numbers: changed.filter((number) => !had.has(number)), changes: { remove_tags: [tag] } });
      shown.reload();
    };
    toast(tn("%(count)s ticket tagged", "%(count)s tickets tagged", changed.length), changed.some((number) => !had.has(number)) ? { undo } : {});
    for (const one of refused) toast(`#${one.number}: ${one.title}`, { kind: "problem" });
  } catch (error) {
    toastError(error);
  }
}

export { table };
