// Upload a table; the imports there were.
import { ApiError, api } from "../core/api.js";
import { chip, problem, skeleton, timeTag } from "../core/parts.js";
import { html, icon, nothing, render } from "../core/html.js";
import { t, tn } from "../core/i18n.js";
import { STATES } from "./import-words.js";
import { uploadPlace } from "./upload.js";

const place = document.getElementById("imports");
place.replaceChildren();
let items = null;
let failed = null;

const line = (row) => html`<li>${icon("table")}
  <div class="line-text"><a class="strong link-plain" href="/customers/import/${row.id}">${row.file_name}</a>
    <div class="small soft">${tn("%(count)s line", "%(count)s lines", row.total)} · ${timeTag(row.created_at)}</div></div>
  ${chip(STATES[row.state], { kind: ["uploaded", "checked", "failed"].includes(row.state) ? "strong" : "" })}</li>`;

function draw() {
  render(
    html`<div class="stack loose">
      <div id="upload"></div>
      <section class="part"><div class="part-head"><h2>${t("Imports so far")}</h2></div>
        ${failed ? problem(failed, load) : items === null ? html`<div class="part-body">${skeleton(3)}</div>` : items.length ? html`<ul class="lines">${items.map(line)}</ul>` : html`<div class="part-body soft">${t("None yet. The file of every import is kept, and an import can be undone.")}</div>`}
      </section>
      ${nothing}
    </div>`,
    place,
  );
}

async function load() {
  try {
    failed = null;
    ({ items } = await api.get("/api/v1/customers/imports"));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    failed = error;
  }
  draw();
}

draw();
uploadPlace(document.getElementById("upload"));
load();
