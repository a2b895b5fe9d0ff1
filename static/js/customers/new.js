// A new customer: who, how to reach them, where, and the thing it is about.
import { enhance } from "../core/form.js";
import { html, render } from "../core/html.js";
import { t } from "../core/i18n.js";
import { field } from "../staff/fields.js";
import { basicFields, equipmentFields, siteFields } from "./forms.js";

const place = document.getElementById("new-customer");
place.replaceChildren();
const query = new URLSearchParams(location.search); // the console hands over what it knows: ?phone=…&email=…&name=…

const part = (title, content) => html`<section class="part"><div class="part-head"><h2>${title}</h2></div><div class="part-body stack">${content}</div></section>`;

render(
  html`<form class="stack" id="customer-form">
    ${part(t("Who"), basicFields({ name: query.get("name") ?? "" }))}
    ${part(t("How to reach them"), html`<div class="fields">
      ${field({ name: "phones.0", label: t("Phone"), type: "tel", value: query.get("phone"), hint: t("As they say it; we keep it in international form.") })}
      ${field({ name: "phones.1", label: t("Another phone"), type: "tel" })}
      ${field({ name: "emails.0", label: t("Email"), type: "email", value: query.get("email") })}
    </div>`)}
    ${part(t("Where"), siteFields(null, { prefix: "sites.0.", whole: false }))}
    ${part(t("Equipment"), equipmentFields(null, { prefix: "equipment.0." }))}
    <div class="form-actions"><button class="btn btn-primary">${t("Save customer")}</button><a class="btn" href="/customers">${t("Cancel")}</a></div>
  </form>`,
  place,
);
place.querySelector("[autofocus]")?.focus();

const filled = (row, keys) => keys.some((key) => row[key]);

enhance(document.getElementById("customer-form"), {
  path: "/api/v1/customers",
  body: (values) => ({
    ...values,
    country: values.sites[0].country,
    phones: values.phones.filter(Boolean),
    emails: values.emails.filter(Boolean),
    sites: values.sites.filter((site) => filled(site, ["street", "postal_code", "city", "access"])),
    equipment: values.equipment.filter((thing) => filled(thing, ["kind", "maker", "model", "serial", "installed_on", "warranty_until"])),
  }),
  done: (customer) => location.assign(`/customers/${customer.id}`),
});
