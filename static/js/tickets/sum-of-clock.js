// The sum behind a clock as lines: what GET /api/v1/clocks/<id>/explanation answers, in the order of time. Pure: no words, no formats.

const MOST_WINDOWS = 6; // more are told as one line in the middle

const byTime = (a, b) => Date.parse(a.from) - Date.parse(b.from);

/** Windows with all but the first and last few told as one. */
function shortened(windows) {
  if (windows.length <= MOST_WINDOWS) return windows;
  const half = MOST_WINDOWS / 2;
  const between = windows.slice(half, -half);
  const seconds = between.reduce((sum, line) => sum + line.seconds, 0);
  return [...windows.slice(0, half), { kind: "more", from: between[0].from, count: between.length, seconds }, ...windows.slice(-half)];
}

/**
 * Lines {kind, from?, …}: start, carried, window {from, to, seconds}, more {count, seconds}, holiday {day, name}, replaced {day, windows},
 * pause {from, to (null while it lasts), reason, seconds}, then total {seconds, target, left} and one end: due, kept, late, cancelled, withdrawn,
 * standing (paused: no due time) {at}.
 */
export function sumOf(answer) {
  const windows = shortened((answer.windows ?? []).map(({ start, end, seconds }) => ({ kind: "window", from: start, to: end, seconds })));
  const noon = (day) => `${day}T12:00:00Z`;
  const days = [
    ...(answer.holidays ?? []).map(({ day, name }) => ({ kind: "holiday", from: noon(day), day, name })),
    ...(answer.replaced_days ?? []).map(({ day, windows: hours }) => ({ kind: "replaced", from: noon(day), day, windows: hours })),
  ];
  const pauses = (answer.pauses ?? []).map(({ start, end, reason, seconds }) => ({ kind: "pause", from: start, to: end, reason, seconds }));
  return [
    { kind: "start", at: answer.started_at },
    ...(answer.carried_seconds ? [{ kind: "carried", seconds: answer.carried_seconds }] : []),
    ...[...windows, ...days, ...pauses].sort(byTime),
    { kind: "total", seconds: answer.counted_seconds, target: answer.target_seconds, left: Math.max(0, answer.remaining_seconds) },
    end(answer),
  ];
}

function end(answer) {
  if (answer.withdrawn_at) return { kind: "withdrawn", at: answer.withdrawn_at };
  if (answer.stopped_at) return { kind: { met: "kept", missed: "late" }[answer.state] ?? "cancelled", at: answer.stopped_at, due: answer.due_at };
  return answer.due_at ? { kind: "due", at: answer.due_at } : { kind: "standing" };
}
