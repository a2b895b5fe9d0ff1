// Texts, dates, numbers and durations in the reader's language and zone. Importing this module waits for the catalogue, so t() is always safe.
import { serverNow } from "./live/clock.js";

const root = document.documentElement;
export const language = (root.lang || "en").replace("-", "_");
export const locale = root.lang || "en";
export const zone = root.dataset.zone || Intl.DateTimeFormat().resolvedOptions().timeZone;

const BUILD = new URL(import.meta.url).pathname.split("/")[2] ?? "";
const PLURAL_FORMS = { en: (count) => (count === 1 ? 0 : 1), zh_Hans: () => 0, zh_Hant: () => 0 };

async function fetched() {
  if (language === "en") return {};
  try {
    const response = await fetch(`/i18n/${language}.json?v=${BUILD}`, { credentials: "same-origin" });
    return response.ok ? await response.json() : {};
  } catch {
    return {}; // offline before the first visit: English is better than nothing
  }
}

const catalogue = await fetched();

/** Resolves when texts are there; importing this module already waits. */
export const ready = async () => catalogue;

const filled = (text, params) => text.replace(/%\((\w+)\)s|%%/g, (whole, name) => (whole === "%%" ? "%" : String(params[name] ?? whole)));

/** The text in the reader's language: `t("Waiting since %(time)s", { time })`. The English text is the key; a literal, so that it is collected. */
export function t(text, params = {}) {
  const found = catalogue[text];
  return filled(typeof found === "string" ? found : text, params);
}

/** Singular or plural: `tn("%(count)s ticket", "%(count)s tickets", count)`. `count` is among the parameters, in the reader's digits. */
export function tn(one, many, count, params = {}) {
  const forms = catalogue[one];
  const form = (PLURAL_FORMS[language] ?? PLURAL_FORMS.en)(count);
  const text = Array.isArray(forms) ? (forms[form] ?? forms.at(-1)) : [one, many][PLURAL_FORMS.en(count)];
  return filled(text, { count: formatNumber(count), ...params });
}

const formats = new Map();
function format(kind, options) {
  const key = kind + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl[kind](locale, options));
  return formats.get(key);
}
const dated = (options, inZone) => format("DateTimeFormat", { timeZone: inZone ?? zone, ...options });

/** ISO text, milliseconds or Date → Date; null stays null. */
export const asDate = (value) => (value === null || value === undefined || value === "" ? null : value instanceof Date ? value : new Date(value));

const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

/** "14:02" in the reader's zone, or in the one given. Empty for null. */
export function formatTime(value, { zone: inZone, seconds = false } = {}) {
  const date = asDate(value);
  return date ? dated(seconds ? { ...CLOCK, second: "2-digit" } : CLOCK, inZone).format(date) : "";
}

/** "Tue, Mar 10"; with the year when it is not this one or `year` is set. */
export function formatDate(value, { zone: inZone, year, weekday = true } = {}) {
  const date = asDate(value);
  if (!date) return "";
  const show = year ?? date.getFullYear() !== new Date(serverNow()).getFullYear();
  return dated({ weekday: weekday ? "short" : undefined, month: "short", day: "numeric", year: show ? "numeric" : undefined }, inZone).format(date);
}

const dayOf = (date, inZone) => dated({ year: "numeric", month: "2-digit", day: "2-digit" }, inZone).format(date);

/** What people need: "14:02" today, "Tue, Mar 10 14:02" otherwise. */
export function formatMoment(value, { zone: inZone, now = serverNow() } = {}) {
  const date = asDate(value);
  if (!date) return "";
  const time = formatTime(date, { zone: inZone });
  return dayOf(date, inZone) === dayOf(asDate(now), inZone) ? time : `${formatDate(date, { zone: inZone })} ${time}`;
}

/** Always in full, for titles and explanations: "Tue, Mar 10, 2026 14:02:09 (Europe/Berlin)". */
export function formatFull(value, { zone: inZone } = {}) {
  const date = asDate(value);
  return date ? `${formatDate(date, { zone: inZone, year: true })} ${formatTime(date, { zone: inZone, seconds: true })} (${inZone ?? zone})` : "";
}

/** A duration in seconds as the two largest units that matter: "45 s", "12 m", "1 h 12 m", "3 d 4 h". Its sign is dropped. */
export function formatDuration(seconds) {
  const total = Math.abs(Math.trunc(seconds));
  if (total < 60) return t("%(seconds)s s", { seconds: total });
  const minutes = Math.floor(total / 60);
  if (minutes < 60) return t("%(minutes)s m", { minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? t("%(hours)s h %(minutes)s m", { hours, minutes: minutes % 60 }) : t("%(hours)s h", { hours });
  const days = Math.floor(hours / 24);
  return hours % 24 ? t("%(days)s d %(hours)s h", { days, hours: hours % 24 }) : t("%(days)s d", { days });
}

/** Seconds as a stop-watch: "0:07", "12:40", "1:02:09". For calls and waiting. */
export function formatStopwatch(seconds) {
  const total = Math.max(0, Math.trunc(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  return hours ? `${hours}:${two(minutes)}:${two(total % 60)}` : `${minutes}:${two(total % 60)}`;
}

export const formatNumber = (value, options = {}) => format("NumberFormat", options).format(value);
export const formatPercent = (share, digits = 0) => format("NumberFormat", { style: "percent", maximumFractionDigits: digits }).format(share);

/** Integer minor units and ISO currency: `formatMoney(129900, "EUR")` → "€1,299.00". */
export function formatMoney(minor, currency) {
  const formatter = format("NumberFormat", { style: "currency", currency });
  return formatter.format(minor / 10 ** formatter.resolvedOptions().maximumFractionDigits);
}

/** Bytes as "4.2 MB". */
export function formatBytes(bytes) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  let power = 0;
  for (; bytes >= 1000 && power < 3; power += 1) bytes /= 1000;
  return format("NumberFormat", { style: "unit", unit: units[power], unitDisplay: "short", maximumFractionDigits: power ? 1 : 0 }).format(bytes);
}

/** A phone number as the server wrote it for this reader (`{text, e164}` or text); nothing is guessed in the browser. */
export const formatPhone = (value) => (value && typeof value === "object" ? (value.text ?? value.e164 ?? "") : (value ?? ""));

/** Words joined as the language does: "a, b and c". */
export const formatList = (items, type = "conjunction") => format("ListFormat", { type }).format(items);
