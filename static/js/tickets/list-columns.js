// Columns of the list of tickets: how each is shown. What the server knows more (custom fields) is shown by its kind.
import { clockChip } from "../core/clock-chip.js";
import { html, icon, nothing } from "../core/html.js";
import { formatList, formatNumber, t } from "../core/i18n.js";
import { timeTag } from "../core/parts.js";
import { definitionOf, valueText } from "./custom-fields.js";
import { CHANNEL_ICONS, channelWord, chipOf, firstClock, kindWord, lateWord, priorityWord, statusWord, waitWord } from "./words.js";

const tags = (names) => (names?.length ? html`<span class="row-of wrap tiny">${names.map((tag) => html`<span class="chip">${tag}</span>`)}</span>` : nothing);

function clockCell(row) {
  const clock = firstClock(row);
  const late = (row.clocks ?? []).map(lateWord).find(Boolean);
  return html`${clock ? clockChip({ ...chipOf(clock), explain: undefined }) : nothing}${late ? html`<span class="forecast" title=${late}>${icon("truck", { size: "small", label: late })}</span>` : nothing}`;
}

const CELLS = {
  number: (row) => html`<span class="number">#${row.number}</span>`,
  subject: (row, shown) => html`<strong class="subject-cell">${row.subject}</strong>${shown.has("tags") ? nothing : tags(row.tags)}`,
  customer: (row) => row.customer ?? row.contact_email ?? row.contact_phone ?? t("Unknown"),
  status: (row) => statusWord(row),
  wait_reason: (row) => (row.wait_reason ? waitWord(row.wait_reason) : nothing),
  clock: clockCell,
  priority: (row) => priorityWord(row.priority),
  queue: (row) => row.queue,
  assignee: (row) => row.assignee ?? html`<span class="soft">${t("nobody")}</span>`,
  channel: (row) => html`${icon(CHANNEL_ICONS[row.channel] ?? "ticket", { size: "small" })} ${channelWord(row.channel)}`,
  kind: (row) => kindWord(row.kind),
  tags: (row) => tags(row.tags),
  created: (row) => timeTag(row.created_at),
  updated: (row) => timeTag(row.updated_at),
  resolved: (row) => timeTag(row.resolved_at),
};

const OWN = "fields.";

function plain({ name, kind, words }, row) {
  if (name.startsWith(OWN)) {
    const key = name.slice(OWN.length);
    const own = row.fields?.[key];
    return own === undefined ? nothing : valueText(definitionOf(key), own, row.field_names?.[key]);
  }
  const value = row.columns?.[name] ?? row[name];
  if (value === null || value === undefined || value === "") return nothing;
  if (Array.isArray(value)) return formatList(value.map((one) => words?.[one] ?? one));
  if (words) return words[value] ?? value;
  if (kind === "moment") return timeTag(value);
  if (typeof value === "boolean") return value ? t("yes") : t("no");
  return kind === "number" && typeof value === "number" ? formatNumber(value) : String(value);
}

/** Columns for `dataTable`, from what the page was told of them; `shown()`: names of those in sight. */
export const listColumns = (told, shown) =>
  told.map((column) => ({
    key: column.name,
    label: column.label,
    fixed: column.fixed,
    number: column.kind === "number" && column.name !== "number",
    sort: column.sort ? `${column.newest_first ? "-" : ""}${column.name === "clock" ? "due" : column.name}` : undefined,
    cell: (row) => (CELLS[column.name] ? CELLS[column.name](row, shown()) : plain(column, row)),
  }));
