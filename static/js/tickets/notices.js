// On every page: the escalations that I am to be told of, until I say that I have seen them.
import { ApiError, api } from "../core/api.js";
import { channel } from "../core/connection.js";
import { html, icon, render, repeat } from "../core/html.js";
import { t } from "../core/i18n.js";
import { timeTag } from "../core/parts.js";
import { announce, toastError } from "../core/toast.js";
import { clockWord } from "./words.js";

const place = document.createElement("div");
place.id = "notices";
place.setAttribute("data-live-region", "");
document.getElementById("main")?.prepend(place);
let told = new Set();

async function seen(notice) {
  try {
    await api.post(`/api/v1/notices/${notice.id}/sighting`, {});
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toastError(error);
  }
}

const textOf = ({ call, level, kind, number }) =>
  call
    ? t("You are on call: ticket %(number)s is at escalation level %(level)s (%(clock)s).", { number, level, clock: clockWord(kind) })
    : t("Ticket %(number)s is at escalation level %(level)s (%(clock)s).", { number, level, clock: clockWord(kind) });

const line = (notice) => html`<div class=${notice.call ? "note note-strong" : "note"} role="group">${icon(notice.call ? "phone-ringing" : "urgent")}
  <div class="grow"><a href=${`/tickets/${notice.number}`}>${textOf(notice)}</a> <span class="soft">${notice.subject}</span> ${timeTag(notice.created_at)}</div>
  <button type="button" class="btn btn-sm" @click=${() => seen(notice)}>${t("Seen")}</button></div>`;

function draw() {
  const notices = [...watched.rows.values()].sort((a, b) => Number(b.call) - Number(a.call) || b.id - a.id);
  render(repeat(notices, (notice) => notice.id, line), place);
  const fresh = notices.filter((notice) => !told.has(notice.id));
  told = new Set(notices.map((notice) => notice.id));
  if (fresh.length) announce(fresh.map(textOf).join(" "));
}

const watched = channel.watch("notices", { onReset: draw, onChange: draw });
