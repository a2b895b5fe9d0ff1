// Durations of working time as administrators write them. Pure. Only hours and minutes: a "day" of working time means something else to everybody.

const PARTS = /^\s*(?:(\d+(?:[.,]\d+)?)\s*(?:h|hours?|hrs?|小时|小時))?\s*(?:(\d+)\s*(?:m|min|mins|minutes?|分钟|分鐘|分))?\s*$/i;

/** Seconds of "4 h", "30 min", "1 h 30", "1:30", "1.5 h"; null for nothing, NaN for what is no duration. */
export function readDuration(text) {
  const typed = text.trim();
  if (!typed) return null;
  const clock = /^(\d{1,4}):([0-5]\d)$/.exec(typed) ?? /^(\d{1,4})\s*h\s*([0-5]?\d)$/i.exec(typed);
  if (clock) return Number(clock[1]) * 3600 + Number(clock[2]) * 60;
  const found = PARTS.exec(typed);
  if (!found || (found[1] === undefined && found[2] === undefined)) return NaN;
  const seconds = Math.round(Number((found[1] ?? "0").replace(",", ".")) * 60) * 60 + Number(found[2] ?? 0) * 60;
  return seconds > 0 ? seconds : NaN;
}

/** "4 h 30 min", as readDuration takes it; empty for null. */
export function writeDuration(seconds) {
  if (seconds === null || seconds === undefined) return "";
  const minutes = Math.max(1, Math.round(seconds / 60));
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [hours ? `${hours} h` : "", rest ? `${rest} min` : ""].filter(Boolean).join(" ");
}
