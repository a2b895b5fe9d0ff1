// Before somebody is picked by hand: what speaks against each, written beside their names in the choice.
import { api } from "../../core/api.js";
import { t } from "../../core/i18n.js";
import { codeText, loadText } from "./words.js";

/** Write into the options of a choice of colleagues how much each has and what speaks against them. Without an answer the names stay alone. */
export async function sayAgainst(select, number) {
  const { candidates } = await api.get(`/api/v1/tickets/${number}/assignment`).catch(() => ({ candidates: [] }));
  const known = new Map(candidates.map((one) => [String(one.person_id), one]));
  for (const option of select.options) {
    const found = known.get(option.value);
    if (!found) continue;
    const why = found.against.filter((one) => one.code !== "full").map(codeText);
    const full = found.against.some((one) => one.code === "full");
    const load = full ? codeText({ code: "full", ...found }) : loadText(found);
    option.label = t("%(name)s · %(about)s", { name: found.name, about: [load, ...why].join(" · ") });
  }
  const namesAlone = () => [...select.options].forEach((option) => option.removeAttribute("label"));
  for (const done of ["change", "blur"]) select.addEventListener(done, namesAlone, { once: true });
}
