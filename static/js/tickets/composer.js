// The composer of a ticket: a reply to the customer or an internal note, with files. What was typed is kept on the server, and in this browser until
// the server has it; a reply goes out after ten seconds and can be taken back until then.
import { api } from "../core/api.js";
import { channel } from "../core/connection.js";
import { html, icon, nothing, render } from "../core/html.js";
import { formatBytes, t } from "../core/i18n.js";
import { toast, toastError } from "../core/toast.js";
import { askToSend } from "./collision.js";
import { draftOf } from "./drafts.js";
import { quickTexts } from "./quick-texts.js";

const TYPING_EVERY = 2500; // milliseconds between two signs that one is writing
const MESSAGES = new Set(["message_in", "message_out"]);

/** Id of the newest message of the page's rows. */
const newest = (rows) => Math.max(0, ...[...rows].filter(([key, row]) => key.startsWith("entry:") && MESSAGES.has(row.kind)).map(([, row]) => row.id)) || null;

/**
 * composer(element, { number, to(), rows() }) → { focus(kind), insert(text), update(), kind (reply or note) }. `to()` says where a reply goes, in words; `rows()`
 * gives the page's rows, so that nobody answers over a message that came while they wrote.
 */
export function composer(element, { number, to = () => "", rows = () => new Map() }) {
  const drafts = draftOf(number);
  let kind = "reply";
  let files = [];
  let sending = false;
  let seen = null; // the newest message when this reply was begun
  let told = 0;
  const text = () => element.querySelector("textarea");
  const quick = quickTexts({ number, list: () => element.querySelector(".quick-place"), changed: (value) => typed(value) });

  function typed(value) {
    drafts.keep(kind, value);
    if (kind === "reply") seen = value ? (seen ?? newest(rows())) : null;
    if (value && Date.now() - told > TYPING_EVERY) {
      told = Date.now();
      channel.hint(`ticket:${number}`, "typing");
    }
  }

  function choose(next) {
    drafts.keep(kind, text()?.value ?? "");
    kind = next;
    update();
    text().value = drafts.text(kind);
    text().focus();
  }

  async function attach(list) {
    for (const file of list) {
      const body = new FormData();
      body.append("file", file);
      try {
        files = [...files, await api.post("/api/v1/files", body)];
      } catch (error) {
        toastError(error);
      }
      update();
    }
  }

  async function send(then = null) {
    const value = text().value.trim();
    if (!value || sending) {
      text().focus();
      return;
    }
    sending = true;
    update();
    try {
      if (kind === "reply") await reply(value, then);
      else {
        await api.post(`/api/v1/tickets/${number}/notes`, { text: value, file_ids: files.map((file) => file.id) });
        sent();
        toast(t("Note added"));
      }
    } catch (error) {
      toastError(error);
    } finally {
      sending = false;
      update();
    }
  }

  /** Hold it for ten seconds. Somebody wrote meanwhile: both are shown, and the author decides. */
  async function reply(value, then) {
    const body = { text: value, file_ids: files.map((file) => file.id), ...(then ?? {}) };
    const post = (newestSeen) => api.post(`/api/v1/tickets/${number}/held-replies`, { ...body, seen: newestSeen });
    let held;
    try {
      held = await post(seen);
    } catch (error) {
      if (error.code !== "answered_meanwhile") throw error;
      const { entries } = error.body;
      if (!(await askToSend(error.title, entries, value))) {
        seen = newest(rows());
        return;
      }
      held = await post(entries.at(-1).id);
    }
    const attached = files;
    sent();
    toast(t("The reply goes out in 10 seconds"), { undo: () => takeBack(held.id, attached) });
  }

  function sent() {
    text().value = "";
    drafts.sent(kind);
    files = [];
    seen = null;
  }

  /** The reply comes back into the composer, before what was typed there meanwhile. */
  async function takeBack(heldId, attached = []) {
    try {
      const held = await api.delete(`/api/v1/tickets/${number}/held-replies/${heldId}`);
      if (kind !== "reply") choose("reply");
      text().value = [held.text, text().value].filter(Boolean).join("\n\n");
      files = [...attached, ...files];
      typed(text().value);
      update();
      text().focus();
      toast(t("Not sent"));
    } catch (error) {
      toastError(error);
    }
  }

  function update() {
    const isReply = kind === "reply";
    render(
      html`<form class="composer" data-kind=${kind} @submit=${(event) => { event.preventDefault(); send(); }}
          @dragover=${(event) => event.preventDefault()} @drop=${(event) => { event.preventDefault(); attach(event.dataTransfer.files); }}>
        <div class="composer-kinds" role="tablist">
          <button type="button" role="tab" aria-selected=${String(isReply)} @click=${() => choose("reply")}>${icon("send", { size: "small" })}${t("Reply")}</button>
          <button type="button" role="tab" aria-selected=${String(!isReply)} @click=${() => choose("note")}>${icon("note", { size: "small" })}${t("Internal note")}</button>
        </div>
        ${isReply && to() ? html`<div class="composer-to">${to()}</div>` : nothing}
        <textarea name="text" aria-label=${isReply ? t("Reply to the customer") : t("Internal note")} placeholder=${isReply ? t("Write to the customer… (/ finds a canned answer)") : t("Only colleagues see this…")}
          @input=${(event) => { typed(event.target.value); quick.typed(event.target); }} @paste=${(event) => event.clipboardData.files.length && attach(event.clipboardData.files)}
          @keydown=${(event) => { if (quick.pressed(event)) return; if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); send(); } }}></textarea>
        <div class="quick-place"></div>
        ${files.length
          ? html`<div class="attachments">${files.map((file) => html`<span class="attachment">${icon("paperclip", { size: "small" })}<span class="clip">${file.name}</span><span class="tiny soft">${formatBytes(file.size)}</span><button type="button" class="btn btn-quiet btn-icon btn-sm" aria-label=${t("Remove")} @click=${() => { files = files.filter((other) => other !== file); update(); }}>${icon("x")}</button></span>`)}</div>`
          : nothing}
        <div class="composer-foot">
          <label class="btn btn-quiet btn-icon" title=${t("Attach files")}>${icon("paperclip")}<span class="visually-hidden">${t("Attach files")}</span><input type="file" multiple hidden @change=${(event) => { attach(event.target.files); event.target.value = ""; }}></label>
          ${isReply ? html`<button type="button" class="btn" ?disabled=${sending} @click=${() => send({ then_status: "waiting", wait_reason: "customer" })}>${t("Send and wait for the customer")}</button>` : nothing}
          <button class="btn btn-primary" ?disabled=${sending}>${isReply ? t("Send reply") : t("Add note")}</button>
        </div>
      </form>`,
      element,
    );
  }

  /** Put a text where the cursor is, several lines as a paragraph of their own; a reply, unless a note is being written. */
  function insert(words) {
    const input = text();
    const before = input.value.slice(0, input.selectionStart);
    const apart = words.includes("\n") && before && !before.endsWith("\n") ? "\n\n" : "";
    input.setRangeText(apart + words, input.selectionStart, input.selectionEnd, "end");
    typed(input.value);
    input.focus();
  }

  update();
  text().value = drafts.text(kind);
  drafts.load((loaded) => {
    if (loaded === kind && !text().value) text().value = drafts.text(kind);
  });
  return {
    insert,
    takeBack,
    focus: (next = kind) => (next === kind ? text().focus() : choose(next)),
    update,
    get kind() {
      return kind;
    },
  };
}
