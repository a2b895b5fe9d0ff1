// Windows of a week as data: {mon: [["08:00", "18:00"], …], …}. Pure.
export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

export const minutes = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

/** "8", "8.30", "0830", "24" → "08:00", "08:30", "08:30", "24:00"; null when it is no time. */
export function clockText(typed) {
  const found = /^(\d{1,2})(?:[:.h ]?(\d{2}))?$/.exec(typed.trim());
  if (!found) return null;
  const [hour, minute] = [Number(found[1]), Number(found[2] ?? 0)];
  return minute > 59 || hour > 24 || (hour === 24 && minute) ? null : `${found[1].padStart(2, "0")}:${found[2] ?? "00"}`;
}

/** Whether a window ends on the next day: its end is not later than its start. */
export const overnight = ([start, end]) => minutes(end) <= minutes(start);

/** The window that a press on "add" makes: after the last one, else office hours. */
export function nextWindow(windows) {
  const last = windows.at(-1);
  if (!last) return ["08:00", "17:00"];
  if (overnight(last) || minutes(last[1]) >= 22 * 60) return ["00:00", "06:00"];
  const start = `${String(Math.floor(minutes(last[1]) / 60) + 1).padStart(2, "0")}:00`;
  return [start, minutes(start) < 18 * 60 ? "18:00" : "24:00"];
}

/** Days with the same windows as one line: [{from, to, windows}], days without windows left out. */
export function grouped(hours) {
  const lines = [];
  WEEKDAYS.forEach((day, index) => {
    const windows = hours[day] ?? [];
    const last = lines.at(-1);
    if (!windows.length) return;
    if (last && last.to === index - 1 && JSON.stringify(last.windows) === JSON.stringify(windows)) last.to = index;
    else lines.push({ from: index, to: index, windows });
  });
  return lines;
}

/** Whether every day is open from midnight to midnight. */
export const aroundTheClock = (hours) => WEEKDAYS.every((day) => (hours[day] ?? []).some(([start, end]) => start === "00:00" && (end === "24:00" || end === "00:00" || end === "23:59")));

/** The definition without empty days, for the server. */
export const cleaned = (definition) => ({
  ...definition,
  hours: Object.fromEntries(WEEKDAYS.filter((day) => definition.hours[day]?.length).map((day) => [day, definition.hours[day]])),
});
