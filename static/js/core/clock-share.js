// How full the bar of a clock is. Pure: clocks as clock-chip.js describes them, times in milliseconds.

export const NEAR = 0.75; // of the budget: from here on a clock is amber
const JUST_UNDER = 0.99; // 1 is kept for clocks that are over

/** Share of the budget used at `now` (milliseconds), 0 to 1; 1 only for running clocks that are over. */
export function shareUsed(clock, now) {
  const budget = Math.max(1, clock.budget ?? 1);
  const used = clock.used ?? 0;
  if (clock.state !== "running") return Math.min(1, used / budget);
  const due = clock.due_at ? Date.parse(clock.due_at) : NaN;
  if (now >= due) return 1;
  const from = Date.parse(clock.as_of);
  if (clock.warn_at && Number.isFinite(due) && Number.isFinite(from)) return throughWarning(from, Date.parse(clock.warn_at), due, now);
  return Math.min(JUST_UNDER, (used + elapsed(clock, from / 1000, now / 1000)) / budget);
}

/**
 * In a straight line from the start to the warning, and from there to the due time. The server computes the warning from working time, so a
 * night between never turns the bar amber too early, and no windows are needed here.
 */
function throughWarning(from, warning, due, now) {
  const along = (start, end) => (end > start ? Math.max(0, Math.min(1, (now - start) / (end - start))) : 1);
  if (now < warning) return NEAR * along(from, warning);
  return Math.min(JUST_UNDER, NEAR + (1 - NEAR) * along(warning, due));
}

/** Seconds since `from` that count: within the windows where they are known, else all. */
function elapsed(clock, from, to) {
  if (!Number.isFinite(from) || to <= from) return 0;
  if (!clock.windows) return to - from;
  return clock.windows.reduce((sum, [start, end]) => sum + Math.max(0, Math.min(end, to) - Math.max(start, from)), 0);
}
