// What an escalation level did, in the reader's words.
import { formatList, t } from "../core/i18n.js";
import { clockWord, priorityWord } from "./words.js";

const ROLES = { agent: () => t("agents"), technician: () => t("technicians"), dispatcher: () => t("dispatchers"), supervisor: () => t("supervisors"), admin: () => t("administrators") };
export const roleWord = (role) => ROLES[role]?.() ?? role;

/** One action with what came of it. */
export function actionDone({ do: what, priority, names = [], failed }) {
  if (failed === "nobody") return t("nobody was there to be told");
  if (failed) return failed;
  const people = formatList(names);
  if (what === "priority") return t("priority at least %(priority)s", { priority: priorityWord(priority) });
  if (what === "assign") return t("given to %(name)s", { name: people });
  return what === "call" ? t("%(names)s to be called", { names: people }) : t("told %(names)s", { names: people });
}

/** "Escalation level 2 (resolution): told Vera, priority at least Urgent". */
export const escalationText = ({ level, clock, done }) =>
  t("Escalation level %(level)s (%(clock)s): %(done)s", { level, clock: clockWord(clock), done: formatList((done ?? []).map(actionDone)) || t("nothing to do") });
