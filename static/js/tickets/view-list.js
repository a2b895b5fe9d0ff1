// The views at the side of the list, with how many tickets each has: counted again when tickets change, at most every few seconds.
import { ApiError, api, withQuery } from "../core/api.js";
import { channel } from "../core/connection.js";
import { html, icon, nothing, render } from "../core/html.js";
import { formatNumber, t } from "../core/i18n.js";
import { writeFilters } from "./view-state.js";

const PAUSE = 5000; // milliseconds between two counts

/** Draw the views into `element`. `current()` → key of the one in sight; `open(key)` shows another. Returns {set(views), draw(), recount()}. */
export function viewList(element, { views: given, current, open }) {
  let views = given;
  let counts = new Map();
  let last = 0;
  let timer = 0;

  const address = (view) => withQuery("/tickets", writeFilters({ view: view.key }));
  const count = (view) => {
    const found = counts.get(view.key);
    if (!found || found.count === null) return nothing;
    const text = found.more ? t("%(count)s+", { count: formatNumber(found.count) }) : formatNumber(found.count);
    return html`<span class="count">${text}</span>`;
  };
  const line = (view) => html`<li><a class="view-line" href=${address(view)} aria-current=${view.key === current() ? "page" : nothing} @click=${(event) => choose(event, view.key)}>
      <span class="grow clip" title=${view.name}>${view.name}</span>${view.problems.length ? icon("alert-triangle", { size: "small", label: t("Needs mending") }) : count(view)}</a></li>`;
  const part = (label, found) => (found.length ? html`<h2 class="tiny soft">${label}</h2><ul>${found.map(line)}</ul>` : nothing);

  function choose(event, key) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(key);
  }

  function draw() {
    render(
      html`<ul>${views.filter((view) => view.standard).map(line)}</ul>
        ${part(t("Shared"), views.filter((view) => !view.standard && view.shared))}
        ${part(t("My own"), views.filter((view) => !view.standard && !view.shared))}`,
      element,
    );
  }

  /** The standard views first: they never wait for a slow one. */
  async function recount() {
    clearTimeout(timer);
    timer = 0;
    last = Date.now();
    const saved = views.some((view) => !view.standard);
    for (const query of saved ? [{ standard: true }, {}] : [{ standard: true }]) {
      try {
        const { items } = await api.get("/api/v1/tickets/view-counts", query);
        counts = new Map([...counts, ...items.map((item) => [item.key, item])]);
        draw();
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        return; // the numbers from before stay; the next change asks again
      }
    }
  }

  const changed = () => {
    if (document.hidden) last = 0;
    timer ||= setTimeout(() => (document.hidden ? (timer = 0) : recount()), Math.max(250, last + PAUSE - Date.now()));
  };
  document.addEventListener("visibilitychange", () => !document.hidden && last === 0 && changed());
  channel.watch("tickets", { onReset: () => {}, onChange: changed });
  draw();
  recount();
  return {
    set: (found) => {
      views = found;
      draw();
      recount();
    },
    draw,
    recount,
  };
}
