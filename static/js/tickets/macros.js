// Macros and canned answers of a ticket: one list by the key `m`, with what each would do, and one press to take it back.
import { api } from "../core/api.js";
import { openDialog } from "../core/dialog.js";
import { html, icon, nothing } from "../core/html.js";
import { formatList, t } from "../core/i18n.js";
import { empty } from "../core/parts.js";
import { announce, toast, toastError } from "../core/toast.js";
import { act } from "./actions.js";
import { changeLine } from "./timeline.js";

const TEXT = "text";

/** What a macro would do, or why it would not. */
function seen({ state, answer, title }) {
  if (state === "asking") return html`<p class="soft small">${t("Looking…")}</p>`;
  if (state === "refused") return html`<p class="small" role="status">${icon("alert-circle", { size: "small" })} ${title}</p>`;
  if (!answer) return html`<p class="soft small">${t("Choose one to see what it does.")}</p>`;
  const { changes = [], note, text, missing = [] } = answer;
  return html`<div class="stack tight small" aria-live="polite">
    ${changes.map((change) => html`<div>${changeLine(change.field, { from: change.before, to: change.after, from_name: change.before_name, to_name: change.after_name })}</div>`)}
    ${note ? html`<div><strong>${t("Note")}</strong><div class="timeline-text">${note}</div></div>` : nothing}
    ${text ? html`<div><strong>${t("Text for the answer")}</strong><div class="timeline-text">${text}</div></div>` : nothing}
    ${missing.length ? html`<div class="soft">${t("Not known here, left out: %(names)s", { names: formatList(missing) })}</div>` : nothing}
    ${!changes.length && !note && !text ? html`<div class="soft">${t("It would change nothing here.")}</div>` : nothing}
  </div>`;
}

/** Do it; what it says goes into the composer by `insert(text)`. */
async function run(number, row, insert) {
  if (row.kind === TEXT) {
    const { text, missing } = await api.post(`/api/v1/tickets/${number}/canned-answer-uses`, { answer_id: row.id });
    insert(text);
    if (missing.length) toast(t("Not known here, left out: %(names)s", { names: formatList(missing) }));
    return;
  }
  const path = `/api/v1/tickets/${number}/macro-runs`;
  const done = await api.post(path, { macro_id: row.id });
  if (done.text) insert(done.text);
  const undo = () => act(api.delete(`${path}/${done.entry_id}`), t("Taken back"));
  toast(t("Done: %(name)s", { name: row.name }), done.can_undo ? { undo } : {});
}

/** The list, with a field to narrow it; arrows move, Enter does it. */
export async function openMacros(number, insert) {
  let rows = [];
  let text = "";
  let at = 0;
  let look = {};
  let asked = 0;
  let failed = "";
  const shown = () => rows.filter((row) => `${row.folder} ${row.name} ${row.shortcut ?? ""}`.toLowerCase().includes(text.toLowerCase()));
  const dialog = openDialog({ title: t("Macros and texts"), content });

  function content() {
    const found = shown();
    return html`<div class="macro-list">
      <input type="search" class="form-control" autofocus role="combobox" aria-expanded="true" aria-controls="macro-choices" aria-activedescendant=${found[at] ? `macro-${found[at].key}` : nothing}
        aria-label=${t("Find a macro or text")} placeholder=${t("Find a macro or text")} @input=${(event) => { text = event.target.value.trim(); choose(0); }} @keydown=${pressed}>
      ${failed ? html`<p class="small" role="alert">${failed}</p>` : nothing}
      <ul id="macro-choices" role="listbox" aria-label=${t("Macros and texts")}>${found.map(
        (row, index) => html`<li id=${`macro-${row.key}`} role="option" aria-selected=${String(index === at)} @pointerenter=${() => index !== at && choose(index)} @click=${() => take(row)}>
          ${icon(row.kind === TEXT ? "message" : "wand", { size: "small" })}<span class="grow clip">${row.folder ? html`<span class="soft">${row.folder} / </span>` : nothing}${row.name}</span>${row.shortcut ? html`<kbd>/${row.shortcut}</kbd>` : nothing}${row.shared ? nothing : html`<span class="tiny soft">${t("my own")}</span>`}</li>`,
      )}</ul>
      ${rows.length && !found.length ? html`<p class="soft small">${t("None is called so.")}</p>` : nothing}
      ${rows.loaded && !rows.length ? empty({ icon: "wand", title: t("No macros yet"), text: t("What you do or write again and again can be one press."), action: html`<a class="btn" href="/settings/macros">${t("Make one")}</a>` }) : nothing}
      ${found.length ? html`<div class="macro-look">${seen(look)}</div>` : nothing}
    </div>`;
  }

  async function choose(index) {
    at = index;
    const row = shown()[at];
    const mine = (asked += 1);
    look = row ? { state: "asking" } : {};
    dialog.update();
    document.getElementById(`macro-${row?.key}`)?.scrollIntoView({ block: "nearest" });
    if (!row) return;
    const path = row.kind === TEXT ? `/api/v1/tickets/${number}/canned-answers/${row.id}` : `/api/v1/tickets/${number}/macros/${row.id}`;
    const next = await api.get(path).then((answer) => ({ answer }), (error) => ({ state: "refused", title: error.title }));
    if (mine !== asked) return;
    look = next;
    dialog.update();
  }

  function pressed(event) {
    const found = shown();
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (steps[event.key] && found.length) {
      event.preventDefault();
      choose((at + steps[event.key] + found.length) % found.length);
      announce(shown()[at]?.name ?? "");
    } else if (event.key === "Enter" && found[at]) {
      event.preventDefault();
      take(found[at]);
    }
  }

  async function take(row) {
    try {
      await run(number, row, insert);
      dialog.close();
    } catch (error) {
      look = { state: "refused", title: error.title };
      dialog.update();
      if (!error.title) toastError(error);
    }
  }

  try {
    const [macros, texts] = await Promise.all([api.get("/api/v1/macros"), api.get("/api/v1/canned-answers")]);
    rows = [...macros.items.map((row) => ({ ...row, kind: "macro", key: `m${row.id}` })), ...texts.items.map((row) => ({ ...row, kind: TEXT, key: `t${row.id}` }))];
    rows.loaded = true;
  } catch (error) {
    failed = error.title ?? t("Something went wrong. Try again.");
  }
  choose(0);
}
