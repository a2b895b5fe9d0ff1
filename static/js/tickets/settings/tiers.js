// Tiers of customers in the reader's words.
import { t } from "../../core/i18n.js";

const TIER = { standard: () => t("Standard"), silver: () => t("Silver"), gold: () => t("Gold") };
export const TIERS = Object.keys(TIER);
export const tierWord = (tier) => TIER[tier]?.() ?? tier;
