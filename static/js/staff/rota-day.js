// One date of one person: as every week, an extra shift, other hours, or off.
import { ApiError, api } from "../core/api.js";
import { html, icon, nothing } from "../core/html.js";
import { formatDate, formatFull, formatMoment, t } from "../core/i18n.js";
import { openDialog } from "../core/dialog.js";
import { toast, toastError } from "../core/toast.js";
import { timeInput } from "./time-input.js";
import { windowText } from "./words.js";

const KINDS = { "": t("As every week"), extra: t("Extra shift"), hours: t("Other hours"), off: t("Off") };

/** editDay({person, day, cell, done}): `cell` as the rota has it; `done()` after a change was saved. */
export function editDay({ person, day, cell, done }) {
  const address = `/api/v1/people/${person.id}/days/${day}`;
  const before = cell.exception ? own(cell) : null;
  let kind = cell.exception ?? "";
  let windows = cell.exception ? own(cell).windows : [];
  let wrong = null;

  /** What the date has of its own: of an extra shift without the weekly ones. */
  function own({ exception, windows: all, weekly, note }) {
    const usual = weekly.map(windowText);
    const mine = exception === "extra" ? all.filter((window) => !usual.includes(windowText(window))) : all;
    return { kind: exception, windows: exception === "off" ? [] : mine.map((window) => ({ ...window })), note };
  }

  function choose(next) {
    kind = next;
    if (!kind || kind === "off") windows = [];
    else if (!windows.length) windows = kind === "hours" && cell.weekly.length ? cell.weekly.map((window) => ({ ...window })) : [{ starts: "08:00", ends: "12:00" }];
    dialog.update();
  }

  const put = (values) => api.put(address, values);

  async function save(event, close) {
    event.preventDefault();
    const mistyped = event.target.querySelector(".is-invalid");
    if (mistyped) return mistyped.focus();
    const note = event.target.elements.note?.value.trim() ?? "";
    try {
      if (kind) await put({ kind, windows, note });
      else if (cell.exception) await api.delete(address);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      wrong = error;
      dialog.update();
      return;
    }
    close();
    done();
    toast(t("Saved."), {
      undo: async () => {
        try {
          if (before) await put(before);
          else if (kind) await api.delete(address);
          done();
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          toastError(error);
        }
      },
    });
  }

  const windowLine = (window) => html`<div class="row-of">
    ${timeInput({ value: window.starts, label: t("From"), change: (text) => (window.starts = text) })}–${timeInput({ value: window.ends, label: t("To"), change: (text) => { window.ends = text; dialog.update(); } })}
    ${window.ends <= window.starts ? html`<span class="tiny soft">${t("next day")}</span>` : nothing}
    ${windows.length > 1 ? html`<button type="button" class="btn btn-sm btn-quiet btn-icon" aria-label=${t("Remove this window")} @click=${() => { windows = windows.filter((other) => other !== window); dialog.update(); }}>${icon("x", { size: "small" })}</button>` : nothing}
  </div>`;

  const hours = () => html`<div class="stack tight">
    ${windows.map(windowLine)}
    <div><button type="button" class="btn btn-sm" @click=${() => { windows = [...windows, { starts: windows.at(-1).ends, ends: "18:00" }]; dialog.update(); }}>${icon("plus")}${t("Another window")}</button></div>
  </div>`;

  const content = (close) => html`<form class="stack" @submit=${(event) => save(event, close)}>
    <p class="soft">${t("As every week: %(hours)s", { hours: cell.weekly.length ? cell.weekly.map(windowText).join(", ") : t("free") })}</p>
    ${cell.away.map((one) => html`<div class="note">${icon("calendar-off")}<div class="grow"><span class="strong">${one.reason}</span> <span class="soft" title="${formatFull(one.starts_at, { zone: person.time_zone })} – ${formatFull(one.ends_at, { zone: person.time_zone })}">${formatMoment(one.starts_at, { zone: person.time_zone })} – ${formatMoment(one.ends_at, { zone: person.time_zone })}</span></div></div>`)}
    <div class="choice rota-kinds" role="group" aria-label=${t("This date")}>
      ${Object.entries(KINDS).map(([value, label]) => html`<button type="button" aria-pressed=${String(kind === value)} @click=${() => choose(value)}>${label}</button>`)}
    </div>
    ${kind && kind !== "off" ? hours() : nothing}
    ${kind ? html`<div class="field"><label class="form-label" for="day-note">${t("Note")}</label><input class="form-control" id="day-note" name="note" maxlength="200" autocomplete="off" value=${cell.note} /></div>` : nothing}
    ${wrong ? html`<div class="invalid-feedback d-block" role="alert">${Object.values(wrong.errors ?? {}).flat()[0] ?? wrong.title}</div>` : nothing}
    <div class="form-actions"><button class="btn btn-primary">${t("Save")}</button><button type="button" class="btn" @click=${() => close()}>${t("Cancel")}</button></div>
  </form>`;

  const dialog = openDialog({ title: `${person.name} · ${formatDate(`${day}T12:00:00Z`, { zone: "UTC" })}`, content });
}
