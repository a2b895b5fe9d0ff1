// The conditions of a policy in words, and why one does not hold.
import { pageData } from "../../core/api.js";
import { t } from "../../core/i18n.js";
import { kindWord, priorityWord } from "../words.js";
import { tierWord } from "./tiers.js";

const queueName = new Map((pageData.queues ?? []).map((queue) => [queue.id, queue.name]));
const NAMES = { queue_ids: () => t("Queue"), kinds: () => t("Kind"), priorities: () => t("Priority"), tiers: () => t("Customer"), contract: () => t("Contract"), equipment: () => t("Equipment") };

export const conditionName = (name) => NAMES[name]?.() ?? name;

/** The conditions as short texts; none: for everything else. */
export function conditionTexts(conditions = {}) {
  return [
    ...(conditions.queue_ids ?? []).map((id) => queueName.get(id) ?? `#${id}`),
    ...(conditions.kinds ?? []).map(kindWord),
    ...(conditions.priorities ?? []).map(priorityWord),
    ...(conditions.tiers ?? []).map(tierWord),
    conditions.contract === true ? t("with a contract") : conditions.contract === false ? t("without a contract") : "",
    conditions.equipment === true ? t("with equipment") : conditions.equipment === false ? t("without equipment") : "",
  ].filter(Boolean);
}
