// A ticket's timeline: messages both ways, notes, calls, visits and changes, the newest first.
import { pageData } from "../core/api.js";
import { html, icon, nothing, repeat } from "../core/html.js";
import { formatBytes, formatList, formatMoment, formatStopwatch, t, tn } from "../core/i18n.js";
import { timeTag } from "../core/parts.js";
import { assignedLine } from "./assigning/words.js";
import { escalationText } from "./escalation-words.js";
import { labelThen, saidThen } from "./custom-fields.js";
import { drawnEntry } from "./panels.js";
import { linkWord } from "./links.js";
import { ruleLine } from "./rule-entry.js";
import { CHANNEL_ICONS, channelWord, kindWord, priorityWord, statusWord, waitWord } from "./words.js";

const KINDS = { message_in: "in", message_out: "out", note: "note", call: "call", visit: "visit", change: "change" };
const SIGNS = { message_in: "message", message_out: "send", note: "note", call: "phone", visit: "truck", change: "history" };

const OUTCOMES = {
  answered: () => t("answered"),
  abandoned: () => t("hung up while waiting"),
  voicemail: () => t("voicemail"),
};
const DISPOSITIONS = {
  solved: () => t("solved"),
  visit_needed: () => t("visit needed"),
  follow_up: () => t("follow up"),
  wrong_number: () => t("wrong number"),
  no_answer: () => t("no answer"),
  other: () => t("other"),
};
export const dispositionWord = (key) => DISPOSITIONS[key]?.() ?? key;

/** Whoever wrote it; a rule that wrote by itself is named. */
const writer = ({ author, data }) => author || (data?.rule ? t("rule “%(name)s”", { name: data.rule.name }) : "");

/** Who and what, above the text. */
function head(entry) {
  if (entry.kind === "note") return html`<strong>${writer(entry) || t("System")}</strong><span class="soft">${t("internal note")}</span>`;
  if (entry.kind === "call") {
    const data = entry.data ?? {};
    return html`<strong>${entry.author || data.person || t("Call")}</strong><span class="soft">${OUTCOMES[data.outcome]?.() ?? t("call")}${
      data.talk_seconds ? html` · ${formatStopwatch(data.talk_seconds)}` : nothing
    }${data.disposition ? html` · ${dispositionWord(data.disposition)}` : nothing}</span>`;
  }
  const way = entry.channel ? channelWord(entry.channel) : "";
  return html`<strong>${writer(entry) || (entry.kind === "message_in" ? t("Customer") : t("System"))}</strong>${way ? html`<span class="soft with-icon">${icon(CHANNEL_ICONS[entry.channel] ?? "message", { size: "small" })}${way}</span>` : nothing}`;
}

const VALUES = {
  status: (value) => statusWord({ status: value }),
  wait_reason: (value) => (value ? waitWord(value) : "–"),
  priority: priorityWord,
  kind: kindWord,
  tags: (value) => (value.length ? formatList(value) : "–"),
};
const FIELDS = {
  status: () => t("Status"),
  wait_reason: () => t("Waits for"),
  priority: () => t("Priority"),
  kind: () => t("Kind"),
  queue_id: () => t("Queue"),
  assignee_id: () => t("Assignee"),
  customer_id: () => t("Customer"),
  equipment_id: () => t("Equipment"),
  site_id: () => t("Site"),
  subject: () => t("Subject"),
  wait_note: () => t("Waits for exactly"),
  outcome: () => t("Outcome told"),
  tags: () => t("Tags"),
};

const EMPTY = new Set([null, undefined, ""]);

/** One side of a change: ids have their names beside them. */
function said(field, pair, side) {
  const value = pair[side];
  if (EMPTY.has(value)) return "–";
  return pair[`${side}_name`] ?? VALUES[field]?.(value) ?? String(value);
}

const OWN = "fields.";

/** One change in words: "Priority: Normal → High". */
export const changeLine = (field, pair) => {
  if (!field.startsWith(OWN)) return plainLine(field, pair);
  const key = field.slice(OWN.length);
  return html`<span>${labelThen(key, pair)}: ${saidThen(key, pair, "from")} → ${saidThen(key, pair, "to")}</span>`;
};

const plainLine = (field, pair) => html`<span>${FIELDS[field]?.() ?? field}: ${said(field, pair, "from")} → ${said(field, pair, "to")}</span>`;

const otherTicket = (said, link) => html`<span>${said}: ${linkWord(link.kind, link.to)} <a href=${`/tickets/${link.number}`}>#${link.number}</a></span>`;

const otherNumber = (said, { number, subject }) => html`<span>${said} <a href=${`/tickets/${number}`} title=${subject ?? ""}>#${number}</a></span>`;
const JOINED = {
  merged: () => t("merged here:"),
  merged_into: () => t("merged into"),
  unmerged: () => t("merge undone:"),
  unmerged_from: () => t("merge undone, was merged into"),
};

/** A change in words: "Status: open → waiting"; how it was opened; the reason given. */
function change(entry) {
  const { changes = {}, opened, linked, unlinked, why, split_off: splitOff } = entry.data ?? {};
  const parts = Object.entries(changes)
    .filter(([field]) => FIELDS[field] || field.startsWith(OWN))
    .map(([field, pair]) => changeLine(field, pair));
  if (opened) parts.push(html`<span>${t("opened: %(kind)s by %(channel)s, queue %(queue)s, priority %(priority)s", { kind: kindWord(opened.kind), channel: channelWord(opened.channel), queue: opened.queue, priority: priorityWord(opened.priority) })}</span>`);
  if (opened?.routed) parts.push(html`<span>${t("queue by the routing table")}</span>`);
  if (linked) parts.push(otherTicket(t("linked"), linked));
  if (unlinked) parts.push(otherTicket(t("link removed"), unlinked));
  for (const [key, said] of Object.entries(JOINED)) if (entry.data?.[key]) parts.push(otherNumber(said(), entry.data[key]));
  if (entry.data?.macro) parts.push(html`<span>${t("macro “%(name)s”", { name: entry.data.macro.name })}</span>`);
  if (entry.data?.macro_undone) parts.push(html`<span>${t("macro “%(name)s” taken back", { name: entry.data.macro_undone.name })}</span>`);
  if (splitOff) parts.push(otherNumber(tn("%(count)s entry split off as", "%(count)s entries split off as", splitOff.entries), splitOff));
  if (changes.due_at?.to) parts.push(html`<span>${t("now due %(time)s", { time: formatMoment(changes.due_at.to) })}</span>`);
  if (why) parts.push(html`<span>${typeof why === "string" ? why : [why.policy, why.calendar, why.queue].filter(Boolean).join(", ")}</span>`);
  if (entry.data?.assigned) {
    const line = assignedLine(entry.data.assigned);
    if (line) parts.push(html`<span>${line}</span>`);
  }
  if (entry.data?.escalation) parts.push(html`<span>${escalationText(entry.data.escalation)}</span>`);
  if (entry.data?.rule) parts.push(ruleLine(entry.data));
  return parts.length ? parts : html`<span>${entry.text || t("changed")}</span>`;
}

function files(entry) {
  if (!entry.files?.length) return nothing;
  return html`<div class="attachments">${entry.files.map(
    (file) =>
      html`<a class="attachment" href=${file.address} download=${file.name}>${icon("paperclip", { size: "small" })}<span class="clip">${file.name}</span><span class="tiny soft">${formatBytes(file.size)}</span></a>${
        file.content_type?.startsWith("audio/") ? html`<audio controls preload="none" src=${`${file.address}?inline=1`}></audio>` : nothing
      }`,
  )}</div>`;
}

/** An entry in the words of the room that it belongs to. */
function drawnItem(entry, from, { sign, title, beside, lines, words }) {
  return html`<li class="timeline-entry" data-kind=${KINDS[entry.kind] ?? "note"} data-entry=${entry.id}>
    <span class="timeline-sign">${icon(sign)}</span>
    <div class="timeline-body">
      <div class="timeline-head"><strong>${title}</strong>${beside ? html`<span class="soft">${beside}</span>` : nothing}${from}${timeTag(entry.happened_at)}</div>
      ${lines.map((line) => html`<div class=${line.soft ? "small soft" : "small"}>${line.text}</div>`)}
      ${words ? html`<div class="timeline-text">${words}</div>` : nothing}
      ${files(entry)}
    </div>
  </li>`;
}

/** One entry. `from`: the merged ticket that it is from. */
export function entryItem(entry, from = nothing) {
  if (entry.kind === "change") {
    return html`<li class="timeline-entry" data-kind="change"><span class="timeline-sign">${icon("history")}</span><div class="timeline-body"><span>${entry.author || t("System")}</span>${change(entry)}${from}${timeTag(entry.happened_at)}</div></li>`;
  }
  const drawn = drawnEntry(entry);
  if (drawn) return drawnItem(entry, from, drawn);
  const text = entry.new_text ?? entry.text;
  const quoted = entry.new_text !== null && entry.new_text !== undefined && entry.text !== entry.new_text;
  return html`<li class="timeline-entry" data-kind=${KINDS[entry.kind] ?? "note"} data-entry=${entry.id}>
    <span class="timeline-sign">${icon(SIGNS[entry.kind] ?? "note")}</span>
    <div class="timeline-body">
      <div class="timeline-head">${head(entry)}${from}${timeTag(entry.happened_at)}</div>
      ${text ? html`<div class="timeline-text">${text}</div>` : nothing}
      ${entry.kind === "message_in" && entry.data?.serial ? html`<div class="small soft">${t("Serial %(serial)s", { serial: entry.data.serial })}</div>` : nothing}
      ${entry.data?.delivery ? html`<div class="tiny soft">${entry.data.delivery}</div>` : nothing}
      ${quoted || entry.has_html
        ? html`<details class="small"><summary class="soft">${t("Whole message")}</summary>${
            entry.has_html
              ? html`<iframe class="mail-frame" sandbox title=${t("Message as it was sent")} loading="lazy" src=${`/entries/${entry.id}/html`}></iframe>`
              : html`<div class="timeline-text soft">${entry.text}</div>`
          }</details>`
        : nothing}
      ${files(entry)}
    </div>
  </li>`;
}

/** A reply that goes out in a moment, or could not. Its author takes it back. */
const heldItem = (held) => html`<li class="timeline-entry" data-kind="out" data-held=${held.id}>
  <span class="timeline-sign">${icon("send")}</span>
  <div class="timeline-body"><div class="timeline-head"><strong>${held.author}</strong><span class="soft">${held.refused ? t("not sent: %(why)s", { why: held.refused }) : t("goes out in a moment")}</span>
    ${held.author_id === pageData.user_id ? html`<button type="button" class="btn btn-sm" data-take-back=${held.id}>${held.refused ? t("Back to the answer") : t("Take back")}</button>` : nothing}</div>
  <div class="timeline-text soft">${held.text}</div></div></li>`;

/** All entries of a ticket's rows (`entry:<id>`), the newest first. */
export function timeline(rows) {
  const entries = [...rows].filter(([key]) => key.startsWith("entry:")).map(([, entry]) => entry);
  entries.sort((a, b) => Date.parse(b.happened_at) - Date.parse(a.happened_at) || b.id - a.id);
  const ticket = rows.get("ticket");
  const merged = new Map((ticket?.merged ?? []).map((one) => [one.id, one.number]));
  const from = (entry) => (ticket && entry.ticket_id && entry.ticket_id !== ticket.id ? html`<span class="chip tiny">${merged.has(entry.ticket_id) ? `#${merged.get(entry.ticket_id)}` : t("merged ticket")}</span>` : nothing);
  const held = [...rows].filter(([key]) => key.startsWith("held:")).map(([, row]) => row);
  return html`${repeat(held, (row) => `held:${row.id}`, heldItem)}${repeat(entries, (entry) => entry.id, (entry) => entryItem(entry, from(entry)))}${entries.length || held.length ? nothing : html`<li class="soft">${t("Nothing was said yet.")}</li>`}`;
}

