// The search at the top: results while typing, arrows and Enter, Escape leaves. Asks GET /api/v1/search?q= for
// {"results": [{"kind": "ticket", "title": "…", "text": "…", "address": "/tickets/42", "icon": "ticket"}], "words": […], "message": null}.
import { ApiError, api } from "./api.js";
import { t } from "./i18n.js";
import { html, icon, nothing, render, repeat } from "./html.js";
import { marked } from "./marking.js";

const WAIT = 140; // milliseconds after the last key

/** Draw the box into `element`. Returns a function that puts the cursor into it. */
export function startSearch(element) {
  const state = { text: "", results: [], words: [], message: "", chosen: -1, open: false, busy: false, problem: "", asked: "" };
  let timer = 0;
  let asking = null;
  const input = () => element.querySelector("input");

  async function ask() {
    const text = state.text.trim();
    asking?.abort();
    if (!text) return update({ results: [], asked: "", busy: false, problem: "", open: false });
    asking = new AbortController();
    update({ busy: true });
    try {
      const answer = await api.get("/api/v1/search", { q: text, limit: 12 }, { signal: asking.signal, retry: false });
      return update({ results: answer.results, words: answer.words ?? [], message: answer.message ?? "", asked: text, busy: false, problem: "", chosen: answer.results.length ? 0 : -1, open: true });
    } catch (error) {
      if (error.name === "AbortError") return undefined;
      if (!(error instanceof ApiError)) throw error;
      return update({ results: [], message: "", busy: false, problem: error.title, open: true, asked: text });
    }
  }

  function typed(event) {
    state.text = event.target.value;
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  }

  function moved(event) {
    const { results, chosen } = state;
    if (event.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      if (state.open) update({ open: false });
      else input().blur();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && results.length) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      update({ open: true, chosen: (chosen + step + results.length) % results.length });
      element.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (state.open && results[chosen] && state.asked === state.text.trim()) location.assign(results[chosen].address);
      else ask();
    }
  }

  function left(event) {
    if (!element.contains(event.relatedTarget)) {
      element.classList.remove("search-wide");
      update({ open: false });
    }
  }

  const shown = (text) => marked(text, state.words).map(([part, hit]) => (hit ? html`<mark>${part}</mark>` : part));

  const option = (result, index) => html`<a
    class="search-result" id="search-${index}" role="option" tabindex="-1" href=${result.address}
    aria-selected=${index === state.chosen ? "true" : "false"}
    @pointerenter=${() => state.chosen !== index && update({ chosen: index })}>
    ${icon(result.icon || "search")}<span class="grow"><span class="clip strong">${shown(result.title)}</span>${result.text ? html`<span class="clip small soft">${shown(result.text)}</span>` : nothing}</span>
  </a>`;

  const panel = () => html`<div class="search-panel" id="search-panel" role="listbox" aria-label=${t("Search results")} ?hidden=${!state.open}>
    ${repeat(state.results, (result) => result.address, option)}
  </div>
  <div class="search-panel search-said" role="status" ?hidden=${!state.open || state.results.length > 0}>
    ${state.problem || state.message || (state.asked ? t("Nothing found for “%(text)s”.", { text: state.asked }) : "")}
  </div>`;

  function update(change) {
    Object.assign(state, change);
    render(
      html`<button type="button" class="btn btn-quiet btn-icon search-open" aria-label=${t("Search")} @click=${focus}>${icon("search")}</button>
        <div class="search-field" @focusout=${left}>
          ${icon("search", { size: "small" })}
          <input type="search" role="combobox" autocomplete="off" spellcheck="false" aria-label=${t("Search")}
            placeholder=${t("Search tickets, customers, serial numbers")} aria-controls="search-panel" aria-autocomplete="list"
            aria-expanded=${state.open && state.results.length ? "true" : "false"}
            aria-activedescendant=${state.open && state.chosen >= 0 ? `search-${state.chosen}` : nothing}
            aria-busy=${state.busy ? "true" : "false"}
            @input=${typed} @keydown=${moved} @focus=${() => state.results.length && update({ open: true })} />
          <kbd>/</kbd>
          ${panel()}
        </div>`,
      element,
    );
  }

  function focus() {
    element.classList.add("search-wide");
    input().focus();
    input().select();
  }

  update({});
  return focus;
}
