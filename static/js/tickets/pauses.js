// Why a clock stands still, in the reader's words.
import { t } from "../core/i18n.js";

const PAUSE = {
  customer: () => t("customer"),
  part: () => t("part"),
  access: () => t("access"),
  approval: () => t("approval"),
  third_party: () => t("third party"),
  resolved: () => t("resolved"),
};

export const pauseWord = (reason) => PAUSE[reason]?.() ?? reason;
