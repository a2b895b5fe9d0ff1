// What a technician reports, in words.
import { t } from "../core/i18n.js";

export const REPORTS = {
  picked_up: () => t("Parts fetched"),
  on_my_way: () => t("On my way"),
  arrived: () => t("Arrived"),
  done: () => t("Done"),
  needs_part: () => t("Needs part"),
  no_access: () => t("No access"),
};
