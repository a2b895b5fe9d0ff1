// What was written and not saved yet, in this browser: it survives a reload, a refusal and a lost connection.
const store = (work) => {
  try {
    return work(localStorage);
  } catch {
    return null; // a full or closed storage costs the copy, not the text on screen
  }
};

/** unsaved(article id or null, language) → {read(), keep({title, body, base}), forget()}. */
export function unsaved(id, language) {
  const key = `article:${id ?? "new"}:${language}`;
  return {
    read: () => store((kept) => JSON.parse(kept.getItem(key) ?? "null")),
    keep: (value) => store((kept) => kept.setItem(key, JSON.stringify(value))),
    forget: () => store((kept) => kept.removeItem(key)),
  };
}
