// Where the words of a search stand in a text. Pure.

// Numbers are found by their last digits too, and Chinese, Japanese and Korean have no blanks between words: there anywhere counts.
const ANYWHERE = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\d]/u;

const pattern = (word) => `${ANYWHERE.test(word) ? "" : "(?<![\\p{L}\\p{N}])"}${word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`;

/** The text as pairs [part, is it one of the words]; words are compared without case, where a word begins. */
export function marked(text, words) {
  const wanted = [...new Set(words.filter(Boolean))].sort((a, b) => b.length - a.length);
  if (!wanted.length || !text) return text ? [[text, false]] : [];
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(new RegExp(wanted.map(pattern).join("|"), "giu"))) {
    if (found.index > at) parts.push([text.slice(at, found.index), false]);
    parts.push([found[0], true]);
    at = found.index + found[0].length;
  }
  if (at < text.length) parts.push([text.slice(at), false]);
  return parts;
}
