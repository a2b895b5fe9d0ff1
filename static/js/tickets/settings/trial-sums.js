// Sums of what a trial says. Pure.
const CLOCKS = ["first_response", "next_response", "on_site", "resolution"];
const SIDES = ["before", "after"];

/** The share of ended promises that was kept; null when none ended. */
export const shareKept = ({ met, missed }) => (met + missed ? met / (met + missed) : null);

/** One row for each clock over all priorities and queues. */
export function summed(rows) {
  return CLOCKS.filter((kind) => rows.some((row) => row.kind === kind)).map((kind) => {
    const sum = { kind, ...Object.fromEntries(SIDES.map((side) => [side, { met: 0, missed: 0, open: 0 }])) };
    for (const row of rows.filter((one) => one.kind === kind)) for (const side of SIDES) for (const name of Object.keys(sum[side])) sum[side][name] += row[side][name];
    return sum;
  });
}
