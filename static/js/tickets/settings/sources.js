// Where a calendar's holidays come from by themselves: feeds and countries, each with when it was read and what is wrong with it.
import { ApiError, api } from "../../core/api.js";
import { html, icon, nothing } from "../../core/html.js";
import { formatMoment, t, tn } from "../../core/i18n.js";
import { toast, toastError } from "../../core/toast.js";

const LOOKS = 20; // how often the page asks whether the job has looked, a second apart
const names = new Intl.DisplayNames([document.documentElement.lang || "en"], { type: "region" });

/** "Germany, BY" for "DE-BY"; a feed by its address. */
export function sourceName({ kind, address }) {
  if (kind === "feed") return address;
  const [country, ...region] = address.split("-");
  return [names.of(country) ?? country, region.join("-")].filter(Boolean).join(", ");
}

/** sourcesPart({calendar() (as published; null: not yet), renewed(calendar), redraw}) → {draw(), add(kind, address)}. */
export function sourcesPart({ calendar, renewed, redraw }) {
  const state = { address: "", busy: false };
  const path = () => `/api/v1/calendars/${calendar().id}`;

  /** Ask until the job has looked at it, and show the calendar as it is. */
  async function settled(id, before) {
    for (let look = 0; look < LOOKS; look += 1) {
      const found = await api.get(path());
      const source = found.sources.find((one) => one.id === id);
      renewed(found);
      if (!source || source.checked_at !== before) return;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }

  async function attempt(work) {
    if (state.busy) return;
    state.busy = true;
    redraw();
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toastError(error);
    } finally {
      state.busy = false;
      redraw();
    }
  }

  const add = (kind, address) =>
    attempt(async () => {
      const made = await api.post(`${path()}/sources`, { kind, address, language: document.documentElement.lang.replace("-", "_") });
      state.address = "";
      await settled(made.id, null);
    });

  const look = (source) =>
    attempt(async () => {
      await api.post(`${path()}/sources/${source.id}/check`, {});
      await settled(source.id, source.checked_at);
    });

  const remove = (source) =>
    attempt(async () => {
      await api.delete(`${path()}/sources/${source.id}`);
      toast(t("Its days stay in the calendar."), { undo: () => add(source.kind, source.address) });
      renewed(await api.get(path()));
    });

  function stateOf(source) {
    if (source.problem) {
      const since = source.fetched_at ? t("last read %(time)s, its days stay in force", { time: formatMoment(source.fetched_at) }) : t("never read yet");
      return html`<span class="small" role="alert"><span class="strong">${source.problem}</span> <span class="soft">${since}</span></span>`;
    }
    if (!source.checked_at) return html`<span class="small soft">${t("is being read …")}</span>`;
    return html`<span class="small soft">${tn("%(count)s day", "%(count)s days", source.days)}, ${t("read %(time)s", { time: formatMoment(source.fetched_at) })}</span>`;
  }

  const line = (source) => html`<li class="wrap">${icon(source.problem ? "alert-circle" : source.kind === "feed" ? "world" : "flag")}
    <span class="grow source"><span class="clip">${sourceName(source)}</span>${stateOf(source)}</span>
    <button type="button" class="btn btn-sm btn-quiet" ?disabled=${state.busy} @click=${() => look(source)}>${icon("refresh", { size: "small" })}${t("Read now")}</button>
    <button type="button" class="btn btn-sm btn-quiet btn-icon" ?disabled=${state.busy} aria-label=${t("Remove %(name)s", { name: sourceName(source) })} @click=${() => remove(source)}>${icon("x", { size: "small" })}</button></li>`;

  function draw() {
    if (!calendar()) return nothing;
    const sources = calendar().sources ?? [];
    return html`<section class="part">
      <div class="part-head wrap"><h2 class="grow">${t("Holidays that come by themselves")}</h2><span class="small soft">${t("read every day; a change is published as a new version")}</span></div>
      ${sources.length ? html`<ul class="lines">${sources.map(line)}</ul>` : nothing}
      <div class="part-body setting-line">
        <input class="form-control source-address" type="url" inputmode="url" aria-label=${t("Address of an iCalendar feed")} placeholder="https://example.org/holidays.ics" .value=${state.address}
          @input=${(event) => (state.address = event.target.value)} @keydown=${(event) => event.key === "Enter" && (event.preventDefault(), state.address && add("feed", state.address))} />
        <button type="button" class="btn" aria-busy=${String(state.busy)} @click=${() => state.address && add("feed", state.address)}>${icon("plus")}${t("Add a feed")}</button>
      </div>
    </section>`;
  }

  return { draw, add };
}
