// The parts that a crew has with it for a visit, on whose van they may lie. Pure.

/** What may be used: what is on the own van, and what is promised to the visit on a colleague's. Lines as of the van, by name. */
export function partsFor(visit, van) {
  const found = new Map(van.map((part) => [part.part_id, part]));
  for (const part of visit.brought ?? []) {
    const own = found.get(part.part_id);
    const both = own && { ...own, on_hand: own.on_hand + part.on_hand, reserved: own.reserved + part.reserved, serials: [...own.serials, ...part.serials] };
    found.set(part.part_id, both ?? part);
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/** How many of a part are promised to the visit on its crew's vans. */
export const promised = (visit, partId) => (visit.on_vans ?? []).find((one) => one.part_id === partId)?.quantity ?? 0;
