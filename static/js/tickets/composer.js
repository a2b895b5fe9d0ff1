// The composer of a ticket: a reply to the customer or an internal note, with files; what was typed survives a refusal and a reload.
import { api } from "../core/api.js";
import { html, icon, nothing, render } from "../core/html.js";
import { formatBytes, t } from "../core/i18n.js";
import { toast, toastError } from "../core/toast.js";

/**
 * composer(element, { number, to() }) → { focus(kind), insert(text), update() }. `to()` says where a reply goes, in words.
 */
export function composer(element, { number, to = () => "" }) {
  const kept = `draft:${number}`;
  let kind = "reply";
  let files = [];
  let sending = false;
  const text = () => element.querySelector("textarea");

  const draft = () => {
    try {
      return localStorage.getItem(`${kept}:${kind}`) ?? "";
    } catch {
      return "";
    }
  };
  const keep = (value) => {
    try {
      if (value) localStorage.setItem(`${kept}:${kind}`, value);
      else localStorage.removeItem(`${kept}:${kind}`);
    } catch {
      // a full or closed storage costs the draft's copy, not the text on screen
    }
  };

  function choose(next) {
    keep(text()?.value ?? "");
    kind = next;
    update();
    text().value = draft();
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
    const body = { text: value, file_ids: files.map((file) => file.id) };
    try {
      if (kind === "reply") await api.post(`/api/v1/tickets/${number}/messages`, then ? { ...body, ...then } : body);
      else await api.post(`/api/v1/tickets/${number}/notes`, body);
      text().value = "";
      keep("");
      files = [];
      toast(kind === "reply" ? t("Reply sent") : t("Note added"));
    } catch (error) {
      toastError(error);
    } finally {
      sending = false;
      update();
    }
  }

  function update() {
    const reply = kind === "reply";
    render(
      html`<form class="composer" data-kind=${kind} @submit=${(event) => { event.preventDefault(); send(); }}
          @dragover=${(event) => event.preventDefault()} @drop=${(event) => { event.preventDefault(); attach(event.dataTransfer.files); }}>
        <div class="composer-kinds" role="tablist">
          <button type="button" role="tab" aria-selected=${String(reply)} @click=${() => choose("reply")}>${icon("send", { size: "small" })}${t("Reply")}</button>
          <button type="button" role="tab" aria-selected=${String(!reply)} @click=${() => choose("note")}>${icon("note", { size: "small" })}${t("Internal note")}</button>
        </div>
        ${reply && to() ? html`<div class="composer-to">${to()}</div>` : nothing}
        <textarea name="text" aria-label=${reply ? t("Reply to the customer") : t("Internal note")} placeholder=${reply ? t("Write to the customer…") : t("Only colleagues see this…")}
          @input=${(event) => keep(event.target.value)} @paste=${(event) => event.clipboardData.files.length && attach(event.clipboardData.files)}
          @keydown=${(event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); send(); } }}></textarea>
        ${files.length
          ? html`<div class="attachments">${files.map((file) => html`<span class="attachment">${icon("paperclip", { size: "small" })}<span class="clip">${file.name}</span><span class="tiny soft">${formatBytes(file.size)}</span><button type="button" class="btn btn-quiet btn-icon btn-sm" aria-label=${t("Remove")} @click=${() => { files = files.filter((other) => other !== file); update(); }}>${icon("x")}</button></span>`)}</div>`
          : nothing}
        <div class="composer-foot">
          <label class="btn btn-quiet btn-icon" title=${t("Attach files")}>${icon("paperclip")}<span class="visually-hidden">${t("Attach files")}</span><input type="file" multiple hidden @change=${(event) => { attach(event.target.files); event.target.value = ""; }}></label>
          ${reply ? html`<button type="button" class="btn" ?disabled=${sending} @click=${() => send({ then_status: "waiting", wait_reason: "customer" })}>${t("Send and wait for the customer")}</button>` : nothing}
          <button class="btn btn-primary" ?disabled=${sending}>${reply ? t("Send reply") : t("Add note")}</button>
        </div>
      </form>`,
      element,
    );
  }

  update();
  text().value = draft();
  /** Put a text where the cursor is; a reply, unless a note is being written. */
  function insert(words) {
    const input = text();
    input.setRangeText(words, input.selectionStart, input.selectionEnd, "end");
    keep(input.value);
    input.focus();
  }

  return { insert, focus: (next = kind) => (next === kind ? text().focus() : choose(next)), update };
}
