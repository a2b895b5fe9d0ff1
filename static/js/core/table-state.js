// The state of a list page lives in its address: sort, columns, filters, search. A copied link shows the same; Back goes back.
import { withQuery } from "./api.js";

const OWN = new Set(["sort", "columns"]);

/** {sort, columns (null: the usual ones), filters} from an address. Several values of one filter become a list. */
export function readState(search = location.search) {
  const query = new URLSearchParams(search);
  const filters = {};
  for (const name of new Set(query.keys())) {
    if (OWN.has(name)) continue;
    const values = query.getAll(name);
    filters[name] = values.length > 1 ? values : values[0];
  }
  return { sort: query.get("sort") ?? "", columns: query.get("columns")?.split(",") ?? null, filters };
}

/** The address of a state. */
export const addressOf = ({ sort, columns, filters }, path = location.pathname) => withQuery(path, { ...filters, sort, columns: columns?.join(",") });

/** Put the state into the address: as a new step for Back when `step`, silently otherwise. */
export function writeState(state, { step = false } = {}) {
  const address = addressOf(state);
  if (address === location.pathname + location.search) return;
  history[step ? "pushState" : "replaceState"](null, "", address);
}
