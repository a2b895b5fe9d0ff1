// Words of imports.
import { t } from "../core/i18n.js";

export const STATES = {
  uploaded: t("Columns to be confirmed"),
  checking: t("Being checked"),
  checked: t("Checked, not read in"),
  importing: t("Being read in"),
  confirmed: t("Read in"),
  undoing: t("Being undone"),
  undone: t("Undone"),
  failed: t("Stopped"),
};
export const OUTCOMES = {
  ok: t("Good"),
  joins: t("Adds to an earlier line"),
  duplicate: t("Possible duplicates"),
  problem: t("With problems"),
  done: t("Read in"),
  undone: t("Taken out"),
  kept: t("Had to stay"),
};
export const WHY = { phone: t("same number"), email: t("same email"), serial: t("same serial number"), name: t("same name and place") };
export const WORKING = new Set(["checking", "importing", "undoing"]);
