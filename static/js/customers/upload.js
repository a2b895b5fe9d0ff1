// A place to drop a table on, or to choose one.
import { ApiError, api, newKey } from "../core/api.js";
import { html, icon, nothing, render } from "../core/html.js";
import { t } from "../core/i18n.js";

/** Draw the place into `element`; the page of what was uploaded is opened. */
export function uploadPlace(element) {
  const state = { busy: "", problem: "", over: false };

  async function send(file) {
    if (!file || state.busy) return;
    update({ busy: file.name, problem: "" });
    const form = new FormData();
    form.append("file", file);
    try {
      const made = await api.post("/api/v1/customers/imports", form, { key: newKey(), timeout: 120_000 });
      location.assign(`/customers/import/${made.id}`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      update({ busy: "", problem: error.errors.file?.join(" ") ?? error.title });
    }
  }

  const dropped = (event) => {
    event.preventDefault();
    update({ over: false });
    send(event.dataTransfer.files[0]);
  };

  function update(change = {}) {
    Object.assign(state, change);
    render(
      html`<label class="drop" data-over=${state.over ? "yes" : "no"}
          @dragover=${(event) => { event.preventDefault(); update({ over: true }); }} @dragleave=${() => update({ over: false })} @drop=${dropped}>
          ${icon("file-upload", { size: "large" })}
          ${state.busy
            ? html`<strong role="status">${t("Reading %(file)s…", { file: state.busy })}</strong>`
            : html`<strong>${t("Drop a CSV or Excel file here, or choose one")}</strong>
              <span class="small">${t("The first line names the columns. Nothing is read in before you have seen every line.")}</span>`}
          <input class="visually-hidden" type="file" accept=".csv,.tsv,.txt,.xlsx" ?disabled=${Boolean(state.busy)} @change=${(event) => send(event.target.files[0])} />
        </label>
        ${state.problem ? html`<div class="note note-strong" role="alert">${icon("alert-circle")}<div>${state.problem}</div></div>` : nothing}`,
      element,
    );
  }
  update();
}
