// The lists at the left of the board: at risk today, to place anew, to place; under the same filters as the lanes, each saying how many it leaves out.
import { channel } from "../core/connection.js";
import { render } from "../core/html.js";
import { formatNumber, t } from "../core/i18n.js";
import { liveList } from "../core/live-list.js";
import { repairActions, riskItem } from "./risk.js";
import { displacedItem, jobItem } from "./to-place.js";

const byStart = (a, b) => a.planned_start.localeCompare(b.planned_start) || a.number - b.number;
const byDue = (a, b) => (a.due_at ? Date.parse(a.due_at) : Infinity) - (b.due_at ? Date.parse(b.due_at) : Infinity) || a.number - b.number;

/**
 * boardLists({visit(line) and job(line): whether a line fits the filters, chosen(line), show() → show(line) or null, changed()}). Returns {lines(): the jobs
 * to place, total(): how many there are of them, away(): number (as text) of a visit → name of who will not be there, troubled(): numbers of those visits and of
 * the ones at risk, refresh(), release()}.
 */
export function boardLists({ visit, job, chosen, show, changed }) {
  const found = [];

  function one(topic, fits, options, told = () => {}) {
    const [count, part, more] = ["count", "part", "more"].map((name) => document.getElementById(`${topic}-${name}`));
    const rows = () => [...(entry.list?.watched?.rows.values() ?? [])];
    const entry = {
      rows,
      /** "3", or "2 of 3" when the filters leave some out. */
      say() {
        const total = entry.list?.watched?.tiles?.count ?? 0;
        const left = rows().filter((line) => !fits(line)).length;
        count.textContent = left ? t("%(shown)s of %(count)s", { shown: formatNumber(total - left), count: formatNumber(total) }) : formatNumber(total);
        if (part) part.hidden = !total;
        if (more) {
          more.hidden = rows().length >= total;
          more.textContent = t("These are the %(shown)s most urgent of %(count)s.", { shown: formatNumber(rows().length), count: formatNumber(total) });
        }
        told(rows().filter(fits));
      },
    };
    entry.list = liveList(document.getElementById(topic), {
      channel,
      topic,
      ...options,
      filter: fits,
      tiles() {
        entry.say();
        changed();
      },
    });
    found.push(entry);
    return entry;
  }

  const risk = one("risk", visit, { item: riskItem, order: byStart }, (lines) => render(repairActions(lines), document.getElementById("risk-actions")));
  const displaced = one("displaced", visit, { item: displacedItem, order: byStart });
  let unplaced = null;
  unplaced = one("unplaced", job, {
    item: (line) => jobItem(line, { chosen: chosen(line), show: show() }),
    order: byDue,
    nothing: {
      icon: "calendar-event",
      get title() {
        return unplaced?.rows().length ? t("None of these fits the filters") : t("Nothing to place");
      },
      get text() {
        return unplaced?.rows().length ? t("Clear the filters to see them.") : t("Every open fault has its visit. New ones appear here by themselves.");
      },
    },
  });

  const each = (deed) => {
    for (const entry of found) {
      entry.list[deed]();
      entry.say();
    }
  };
  return {
    lines: () => unplaced.rows(),
    total: () => unplaced.list.watched?.tiles?.count ?? 0,
    away: () => new Map([...(displaced.list.watched?.rows ?? [])].map(([number, line]) => [number, line.away.name])),
    troubled: () => new Set([risk, displaced].flatMap((entry) => [...(entry.list.watched?.rows.keys() ?? [])])),
    refresh: () => each("refresh"),
    release: () => each("release"),
  };
}
