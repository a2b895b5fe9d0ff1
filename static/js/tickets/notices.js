// On every page: what I am to be told of (escalations, what rules and reminders say), until I say that I have seen it.
import { ApiError, api } from "../core/api.js";
import { channel } from "../core/connection.js";
import { html, icon, nothing, render, repeat } from "../core/html.js";
import { t } from "../core/i18n.js";
import { timeTag } from "../core/parts.js";
import { standing } from "../core/standing.js";
import { announce, toastError } from "../core/toast.js";
import { clockWord } from "./words.js";

const place = standing("notices");
let told = new Set();

async function seen(notice) {
  try {
    await api.post(`/api/v1/${notice.source === "notice" ? "personal-notices" : "notices"}/${notice.id}/sighting`, {});
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toastError(error);
  }
}

const textOf = ({ source, title, text, call, level, kind, number }) =>
  source === "notice"
    ? [title, text].filter(Boolean).join(": ")
    : call
    ? t("You are on call: ticket %(number)s is at escalation level %(level)s (%(clock)s).", { number, level, clock: clockWord(kind) })
    : t("Ticket %(number)s is at escalation level %(level)s (%(clock)s).", { number, level, clock: clockWord(kind) });

const addressOf = ({ address, number }) => address ?? (number ? `/tickets/${number}` : "");

const line = (notice) => html`<div class=${notice.call ? "note note-strong" : "note"} role="group">${icon(notice.call ? "phone-ringing" : notice.source === "notice" ? "bell" : "urgent")}
  <div class="grow">${addressOf(notice) ? html`<a href=${addressOf(notice)}>${textOf(notice)}</a>` : textOf(notice)} ${notice.number ? html`<span class="soft">#${notice.number}${textOf(notice).includes(notice.subject) ? "" : ` ${notice.subject}`}</span>` : nothing} ${timeTag(notice.created_at)}</div>
  <button type="button" class="btn btn-sm" @click=${() => seen(notice)}>${t("Seen")}</button></div>`;

const keyOf = ({ source, id }) => `${source} ${id}`;

function draw() {
  const notices = [...watched.rows.values()].sort((a, b) => Number(b.call ?? false) - Number(a.call ?? false) || Date.parse(b.created_at) - Date.parse(a.created_at) || b.id - a.id);
  render(repeat(notices, keyOf, line), place);
  const fresh = notices.filter((notice) => !told.has(keyOf(notice)));
  told = new Set(notices.map(keyOf));
  if (fresh.length) announce(fresh.map(textOf).join(" "));
}

const watched = channel.watch("notices", { onReset: draw, onChange: draw });
