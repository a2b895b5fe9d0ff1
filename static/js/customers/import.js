// One import from file to customers: columns → verdicts → read in → undo. The server's state decides what is shown.
import { ApiError, api, newKey, pageData } from "../core/api.js";
import { html, icon, nothing, render, vars } from "../core/html.js";
import { formatNumber, t, tn } from "../core/i18n.js";
import { toastError } from "../core/toast.js";
import { columnsStep } from "./import-columns.js";
import { importLines } from "./import-lines.js";
import { OUTCOMES, STATES, WORKING } from "./import-words.js";

const place = document.getElementById("import");
place.replaceChildren();
const address = `/api/v1/customers/imports/${pageData.import.id}`;
let found = pageData.import;
let outcome = "";
let choosing = found.state === "uploaded";
let lines = null;

/** Say something to the server and draw its answer. */
async function say(method, path, body) {
  try {
    found = await api[method](`${address}/${path}`, body, { key: newKey() });
    choosing = false;
    outcome = "";
    draw();
    poll();
    return true;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toastError(error);
    return false;
  }
}

let polling = 0;
function poll() {
  clearTimeout(polling);
  if (!WORKING.has(found.state)) return;
  polling = setTimeout(async () => {
    try {
      found = await api.get(address);
      draw();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // a lost connection: asked again
    }
    poll();
  }, 700);
}

async function refresh() {
  found = await api.get(address);
  draw();
}

function working() {
  const { counts, total, state } = found;
  const open = { checking: counts.open, importing: found.counts.ok + counts.joins, undoing: counts.done }[state];
  const share = total ? 1 - open / total : 0;
  return html`<section class="part"><div class="part-body stack" role="status">
    <strong>${STATES[state]}…</strong>
    <div class="progress-line"><span ${vars({ "--share": share.toFixed(3) })}></span></div>
    <span class="small soft">${t("%(done)s of %(total)s lines. You may leave this page; it goes on.", { done: formatNumber(total - open), total: formatNumber(total) })}</span>
  </div></section>`;
}

function actions() {
  const { state, importable, counts } = found;
  const again = html`<button type="button" class="btn" @click=${() => { choosing = true; draw(); }}>${icon("columns")}${t("Change columns")}</button>`;
  if (state === "checked" || (state === "failed" && importable)) {
    return html`<button type="button" class="btn btn-primary" ?disabled=${!importable} @click=${() => say("post", "confirmation")}>${icon("check")}${tn("Read in %(count)s line", "Read in %(count)s lines", importable)}</button>
      ${counts.done ? nothing : again}
      ${counts.duplicate ? html`<button type="button" class="btn" @click=${() => say("put", "decision", { decision: "add" })}>${t("Add all possible duplicates")}</button>
        <button type="button" class="btn btn-quiet" @click=${() => say("put", "decision", { decision: "skip" })}>${t("Skip all possible duplicates")}</button>` : nothing}`;
  }
  if (state === "confirmed") {
    return html`<a class="btn btn-primary" href="/customers">${t("To the customers")}</a>
      <button type="button" class="btn" @click=${() => say("post", "undoing")}>${icon("arrow-back-up")}${t("Undo all of it")}</button>`;
  }
  return state === "undone" ? html`<a class="btn" href="/customers/import">${t("Import another file")}</a>` : again;
}

function filters() {
  const choice = (key, label, count) => html`<button type="button" class="chip chip-choice" aria-pressed=${String(outcome === key)} @click=${() => { outcome = key; draw(); }}>${label} <span class="count">${formatNumber(count)}</span></button>`;
  const shown = Object.keys(OUTCOMES).filter((key) => found.counts[key]);
  return html`<div class="row-of wrap" role="group" aria-label=${t("Lines")}>
    ${choice("", t("All lines"), found.total)}${shown.map((key) => choice(key, OUTCOMES[key], found.counts[key]))}</div>`;
}

function draw() {
  const busy = WORKING.has(found.state);
  render(
    html`<div class="row-of wrap">${icon("table")}<strong>${found.file_name}</strong><span class="soft">${tn("%(count)s line", "%(count)s lines", found.total)} · ${STATES[found.state]}</span>
        <span class="grow"></span><a class="btn btn-quiet" href="/customers/import">${t("All imports")}</a></div>
      ${found.problem ? html`<div class="note note-strong" role="alert">${icon("alert-circle")}<div>${t("It stopped: %(problem)s", { problem: found.problem })}</div></div>` : nothing}
      ${busy ? working() : choosing ? columnsStep(found, pageData, (body) => say("put", "columns", body), found.state === "uploaded" ? null : () => { choosing = false; draw(); })
        : html`<div class="row-of wrap">${actions()}</div>${filters()}`}
      <div id="lines" ?hidden=${busy || choosing}></div>`,
    place,
  );
  if (!busy && !choosing) {
    lines ??= importLines(document.getElementById("lines"), { address, refresh });
    lines.show(found, outcome);
  }
}

draw();
poll();
