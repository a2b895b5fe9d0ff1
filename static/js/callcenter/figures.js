// The figures above the board, from the topic's tiles.
import { html } from "../core/html.js";
import { formatStopwatch, t } from "../core/i18n.js";
import { tile } from "../core/parts.js";

const sum = (counts, keys) => keys.reduce((total, key) => total + (counts?.[key] ?? 0), 0);

/** Service level as ICMI's simple form: answered in time of all answered and abandoned (short ones left out). Stated beside the figure.
    The figure is of the newest day with calls; when that day is over, today has none yet. */
export function serviceLevel(level, now) {
  if (level?.until && now >= Date.parse(level.until)) return null;
  const all = (level?.answered ?? 0) + (level?.abandoned ?? 0);
  return all ? Math.round((100 * level.within) / all) : null;
}

/** Who put the receiver down to be called back waits too, and since when. */
function callbacks(tiles, now) {
  if (!tiles.callbacks) return "";
  return t("%(count)s to call back, longest %(time)s", { count: tiles.callbacks, time: formatStopwatch(Math.max(0, (now - Date.parse(tiles.callbacks_since)) / 1000)) });
}

/** What those do who are not Ready; who lost the connection is named only when there is somebody. */
function others(agents) {
  const counts = { talking: sum(agents, ["on_call", "wrap_up"]), pause: agents?.break ?? 0, away: agents?.away ?? 0 };
  return counts.away ? t("%(talking)s on a call, %(pause)s on a break, %(away)s lost the connection", counts) : t("%(talking)s on a call, %(pause)s on a break", counts);
}

/** All tiles; `now` in milliseconds of the server's clock. */
export function figures(tiles, now) {
  const waited = tiles.waiting_since ? Math.max(0, (now - Date.parse(tiles.waiting_since)) / 1000) : 0;
  const level = serviceLevel(tiles.service_level, now);
  const open = Object.values(tiles.open_by_channel ?? {}).reduce((total, count) => total + count, 0);
  return html`
    ${tile({ label: t("Waiting calls"), value: tiles.waiting_calls ?? 0, level: waited > 60 ? "over" : waited > 20 ? "near" : "", hint: [tiles.waiting_since ? t("longest %(time)s", { time: formatStopwatch(waited) }) : t("nobody waits"), callbacks(tiles, now)].filter(Boolean).join(" · ") })}
    ${tile({ label: t("Service level today"), value: level ?? "–", unit: level === null ? "" : "%", hint: t("answered within %(seconds)s s", { seconds: tiles.service_level?.seconds ?? 20 }), title: t("Answered in time of all answered and abandoned calls.") })}
    ${tile({ label: t("Agents ready"), value: tiles.agents?.ready ?? 0, hint: others(tiles.agents) })}
    ${tile({ label: t("Open tickets"), value: open, hint: t("%(phone)s phone, %(email)s email, %(web)s web", { phone: tiles.open_by_channel?.phone ?? 0, email: tiles.open_by_channel?.email ?? 0, web: tiles.open_by_channel?.web ?? 0 }) })}
    ${tile({ label: t("Technicians on the way"), value: tiles.technicians?.on_the_way ?? 0, hint: t("%(count)s on site", { count: tiles.technicians?.on_site ?? 0 }) })}
    ${tile({ label: t("Visits at risk"), value: tiles.visits_at_risk ?? 0, level: tiles.visits_at_risk ? "near" : "", hint: t("planned after the due time") })}`;
}
