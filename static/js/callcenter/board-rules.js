// Where a ticket stands on the board: the time alone decides, so it is decided here and needs no request. Pure.

const MINUTE = 60_000;
const due = (row) => (row.due_at ? Date.parse(row.due_at) : Infinity);

/** The column a ticket stands in at `now` (milliseconds). */
export function columnOf(row, now) {
  const left = due(row) - now;
  if (left <= 0) return "over";
  if (left < 30 * MINUTE) return "half-hour";
  if (left < 120 * MINUTE) return "two-hours";
  if (left === Infinity && (row.status === "waiting" || (row.clocks ?? []).some((clock) => clock.state === "paused"))) return "paused";
  return "later";
}

/** Most urgent first; what has no due time by age. */
export const byUrgency = (a, b) => (due(a) === due(b) ? a.number - b.number : due(a) - due(b));

/** How many of these open tickets the board does not hold, as {count, from}: what it holds are each queue's most urgent, so what is missing stands in
 * column number `from` or after. `totals`: open tickets by queue; `order`: the columns' ids. */
export function beyond(rows, totals, order, now) {
  let count = 0, from = order.length;
  for (const [queue, total] of Object.entries(totals)) {
    const held = rows.filter((row) => row.queue_id === Number(queue)).sort(byUrgency);
    if (total <= held.length) continue;
    count += total - held.length;
    const last = held.at(-1);
    // What has no due time stands in either of the last two columns, by age alone.
    from = Math.min(from, last ? (last.due_at ? order.indexOf(columnOf(last, now)) : order.length - 2) : 0);
  }
  return { count, from };
}

/** When somebody has to be there, or it has to be solved: the earlier of the two, as text; null when neither runs. An answer's time is no visit's. */
export function visitDue(row) {
  const times = (row.clocks ?? []).filter((clock) => ["on_site", "resolution"].includes(clock.kind) && clock.state === "running" && clock.due_at);
  times.sort((a, b) => Date.parse(a.due_at) - Date.parse(b.due_at));
  return times[0]?.due_at ?? null;
}

/** "will be late": the visit is expected to begin after that. */
export const willBeLate = (row) => Boolean(row.visit && visitDue(row) && Date.parse(row.visit.expected_start ?? row.visit.planned_start) > Date.parse(visitDue(row)));
