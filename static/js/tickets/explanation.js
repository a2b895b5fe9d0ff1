// The sum behind a clock in words, for the panel that a clock chip opens. Times are the calendar's own: its hours are recognised there.
import { formatDate, formatDuration, formatList, formatMoment, formatTime, t, tn, zone as readers } from "../core/i18n.js";
import { pauseWord } from "./pauses.js";
import { sumOf } from "./sum-of-clock.js";

const worth = (seconds) => formatDuration(Math.max(0, seconds));

/** "8:00–18:00", over midnight with both days. */
function between(from, to, zone) {
  const [first, last] = [formatDate(from, { zone }), formatDate(to, { zone })];
  const end = formatTime(to, { zone });
  return first === last ? `${formatTime(from, { zone })}–${end}` : `${formatTime(from, { zone })}–${end === "00:00" ? "24:00" : `${last} ${end}`}`;
}

const WORDS = {
  start: ({ at }, zone) => ({ label: t("Started"), at, zone }),
  carried: ({ seconds }) => ({ label: t("Before re-opening"), text: t("%(time)s used already", { time: worth(seconds) }) }),
  window: ({ from, to, seconds }, zone) => ({ label: formatDate(from, { zone }), text: `${between(from, to, zone)} · ${worth(seconds)}` }),
  more: ({ count, seconds }) => ({ label: "…", text: `${tn("%(count)s more opening", "%(count)s more openings", count)} · ${worth(seconds)}` }),
  holiday: ({ from, name }) => ({ label: formatDate(from, { zone: "UTC" }), text: name ? t("not counted: %(holiday)s", { holiday: name }) : t("not counted: holiday") }),
  replaced: ({ from, windows }) => ({
    label: formatDate(from, { zone: "UTC" }),
    text: windows.length ? t("other hours: %(hours)s", { hours: formatList(windows.map(([start, end]) => `${start}–${end}`)) }) : t("not counted: closed that day"),
  }),
  pause: ({ from, to, reason, seconds }, zone) => ({
    label: t("Paused"),
    text: `${pauseWord(reason)} · ${formatMoment(from, { zone })} – ${to ? formatMoment(to, { zone }) : t("now")} · ${t("takes away %(time)s", { time: worth(seconds) })}`,
  }),
  total: ({ seconds, target, left }) => ({
    label: t("Together"),
    text: left ? t("%(used)s of %(target)s, %(left)s left", { used: worth(seconds), target: worth(target), left: worth(left) }) : t("%(used)s of %(target)s", { used: worth(seconds), target: worth(target) }),
  }),
  due: ({ at }, zone) => ({ label: t("Due"), at, zone }),
  kept: ({ at }, zone) => ({ label: t("Kept"), at, zone }),
  late: ({ at, due }, zone) => ({ label: t("Missed"), at, zone, text: due ? t("was due %(time)s", { time: formatMoment(due, { zone }) }) : "" }),
  withdrawn: ({ at }, zone) => ({ label: t("Withdrawn"), at, zone, text: t("a change of policy took it away") }),
  cancelled: ({ at }, zone) => ({ label: t("Ended"), at, zone, text: t("no longer needed") }),
  standing: () => ({ label: t("Due"), text: t("known when it runs again") }),
};

/** Steps {label, at?, zone?, text?} for the chip's panel. */
export function stepsOf(answer) {
  const zone = answer.time_zone;
  const steps = sumOf(answer).map((line) => WORDS[line.kind](line, zone));
  const source = answer.calendar_version
    ? t("“%(name)s”, version %(version)s", { name: answer.calendar ?? t("Calendar"), version: answer.calendar_version })
    : t("around the clock");
  steps.push({ label: t("Hours"), text: zone === readers ? source : t("%(hours)s, times of %(zone)s", { hours: source, zone: zone.replaceAll("_", " ") }) });
  if (answer.policy) steps.push({ label: t("Policy"), text: answer.policy });
  return steps;
}
