// What the list's address says, in terms of views. Pure.

/** The word of a view's order, as the table keeps it: "due", "-created". `natural`: names of columns whose newest come first. */
export function sortWord({ sort, descending }, natural) {
  const name = sort === "clock" ? "due" : sort;
  return (descending ?? natural.has(name)) ? `-${name}` : name;
}

/** {sort, descending} of such a word. */
export const orderOf = (word) => ({ sort: word.replace(/^-/, ""), descending: word.startsWith("-") });

/** Filters of an address → {view, conditions (null: the view's own), text}. Links from elsewhere name a tag or a customer. */
export function readFilters(filters) {
  const items = [];
  if (filters.tags) items.push({ field: "tags", op: "has_all", value: String(filters.tags).split(",").map((tag) => tag.trim()).filter(Boolean) });
  for (const name of ["customer", "equipment"]) {
    if (Number(filters[`${name}_id`]) > 0) items.push({ field: name, op: "is", value: [Number(filters[`${name}_id`])] });
  }
  const { text = "" } = filters;
  if (items.length) return { view: "all", conditions: { match: "all", items }, text };
  return { view: filters.view ?? "open", conditions: parsed(filters.conditions), text };
}

function parsed(text) {
  try {
    const found = JSON.parse(text);
    return Array.isArray(found?.items) ? found : null;
  } catch {
    return null;
  }
}

/** The other way round: what is usual is left out. */
export function writeFilters({ view, conditions, text }) {
  return { ...(view !== "open" && { view }), ...(conditions && { conditions: JSON.stringify(conditions) }), ...(text && { text }) };
}

/** The conditions with one question among those at the top that all must hold: put there, replaced, or (no value) taken away. */
export function withItem(stored, field, value) {
  const group = stored?.match === "any" && stored.items.length > 1 ? { match: "all", items: [stored] } : { match: "all", items: stored?.items ?? [] };
  const items = group.items.filter((item) => item.field !== field || item.op !== "is");
  return { ...group, items: value === "" ? items : [...items, { field, op: "is", value: [value] }] };
}

/** The one value of such a question, "" when there is none or several. */
export function valueOf(stored, field) {
  if (stored?.match === "any" && stored.items.length > 1) return "";
  const found = (stored?.items ?? []).filter((item) => item.field === field && item.op === "is");
  return found.length === 1 && found[0].value.length === 1 ? found[0].value[0] : "";
}
