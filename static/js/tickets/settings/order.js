// The order of policies. Pure.

/** The list with one moved by one place among its own sort (defaults stay behind all others); the same list when it stands at an end. */
export function moved(policies, policy, by, isDefault) {
  const places = policies.map((_one, at) => at).filter((at) => isDefault(policies[at]) === isDefault(policy));
  const from = places.indexOf(policies.indexOf(policy));
  const to = places[from + by];
  if (to === undefined) return policies;
  const next = [...policies];
  [next[places[from]], next[to]] = [next[to], next[places[from]]];
  return next;
}
