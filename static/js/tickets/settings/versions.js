// What was published when and by whom; an older version can be taken into the editor.
import { ApiError, api } from "../../core/api.js";
import { html, icon, nothing } from "../../core/html.js";
import { formatMoment, t } from "../../core/i18n.js";
import { toastError } from "../../core/toast.js";

/** versionsPart({calendar(), take(definition, version), redraw}) → {draw()}; the list is fetched when it is opened. */
export function versionsPart({ calendar, take, redraw }) {
  const state = { of: 0, items: null };
  const path = () => `/api/v1/calendars/${calendar().id}/versions`;

  async function attempt(work) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toastError(error);
    }
  }

  const fetchThem = () =>
    attempt(async () => {
      state.of = calendar().version;
      state.items = (await api.get(path())).items;
      redraw();
    });

  const load = (version) => attempt(async () => take((await api.get(`${path()}/${version}`)).definition, version));

  const line = (row) => html`<li><span class="number version-number">${t("Version %(version)s", { version: row.version })}</span>
    <span class="grow small">${formatMoment(row.published_at)} <span class="soft">${row.published_by ?? t("by itself")}</span></span>
    ${row.version === calendar().version ? html`<span class="chip">${t("in force")}</span>` : html`<button type="button" class="btn btn-sm btn-quiet" @click=${() => load(row.version)}>${icon("history", { size: "small" })}${t("Take into the editor")}</button>`}</li>`;

  function opened(event) {
    if (event.target.open && state.of !== calendar().version) fetchThem();
  }

  const draw = () =>
    calendar()
      ? html`<details class="part" @toggle=${opened}><summary class="part-head"><h2 class="grow">${t("Versions")}</h2></summary>
          ${state.items ? html`<ul class="lines holiday-lines">${state.items.map(line)}</ul>` : nothing}</details>`
      : nothing;

  return { draw };
}
