// On the ticket's page: which date of which plan it stands for.
import { html } from "../core/html.js";
import { t } from "../core/i18n.js";
import { formatDay } from "../customers/words.js";
import { ordinal } from "./maintenance-words.js";
import { registerPanel } from "./panels.js";

registerPanel("maintenance", ({ dates }) => html`<h2>${t("Maintenance")}</h2>${dates.map(
  (one) => html`<div><a href=${`/maintenance/${one.id}`}>${t("%(ordinal)s of “%(name)s”", { ordinal: ordinal(one.number), name: one.name })}</a> <span class="soft small">${t("due %(time)s", { time: formatDay(one.due_on) })}</span></div>`,
)}`);
