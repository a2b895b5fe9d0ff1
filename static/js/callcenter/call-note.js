// The note of a call: kept as it is typed, so that nothing is lost when the window is.
import { api } from "../core/api.js";
import { html, live } from "../core/html.js";
import { t } from "../core/i18n.js";

const PAUSE = 600; // milliseconds without a key
let callId = null;
let text = "";
let kept = "";
let failed = false;
let timer = 0;

/** What is written about the call now. */
export function noteOf(call) {
  if (call.id !== callId) {
    clearTimeout(timer);
    callId = call.id;
    text = kept = call.note ?? "";
    failed = false;
  }
  return text;
}

async function keep() {
  clearTimeout(timer);
  const [id, wanted] = [callId, text];
  if (wanted === kept) return;
  try {
    await api.put(`/api/v1/calls/${id}/note`, { text: wanted });
    if (id === callId) kept = wanted;
    failed = false;
  } catch {
    failed = true; // tried again with the next key, and the wrap-up sends it all
  }
  say();
}

function typed(event) {
  text = event.target.value;
  clearTimeout(timer);
  say();
  timer = setTimeout(keep, PAUSE);
}

function say() {
  const place = document.querySelector("[data-note-state]");
  if (place) place.textContent = state();
}

/** Whether all of it is at the server. */
const state = () => (failed ? t("Not saved yet") : text && text === kept ? t("Saved") : "");

export function noteField(call, { label = t("Note of the call"), rows = 2 } = {}) {
  const value = noteOf(call);
  return html`<label class="visually-hidden" for="call-note">${label}</label>
    <textarea id="call-note" class="form-control" rows=${rows} data-call-note placeholder=${t("Note: what it is about, what was agreed…")} .value=${live(value)} @input=${typed} @blur=${keep}></textarea>
    <span class="note-state tiny soft" data-note-state role="status"></span>`;
}
