// Settings of visits: what customers do themselves.
import { ApiError, api } from "../core/api.js";
import { enhance } from "../core/form.js";
import { html, render } from "../core/html.js";
import { t } from "../core/i18n.js";
import { problem, skeleton } from "../core/parts.js";
import { toast } from "../core/toast.js";
import { check, field } from "../staff/fields.js";

const place = document.getElementById("visit-settings");

function shown(settings) {
  render(
    html`<form class="stack loose">
      <div class="form-errors" role="alert" hidden></div>
      <section class="part"><div class="part-head"><h2>${t("Booked by the customer")}</h2></div><div class="part-body stack">
        <p class="soft">${t("On the page behind the link, where the kind of job is known: by the last visit, the maintenance plan, or the category of equipment; where several kinds of job fit that, the customer chooses one.")}</p>
        ${check({ name: "own_booking", label: t("Customers choose their visit's time themselves"), value: settings.own_booking })}
        ${check({ name: "names_shown", label: t("Customers are told the technician's name"), value: settings.names_shown })}
        <div class="fields">${field({ name: "own_booking_hours", label: t("They change it or call it off until (hours before)"), value: settings.own_booking_hours, type: "number", min: 0, max: 336 })}</div>
      </div></section>
      <div class="form-actions"><button class="btn btn-primary">${t("Save")}</button></div></form>`,
    place,
  );
  enhance(place.querySelector("form"), { method: "patch", path: "/api/v1/visit-settings", done: () => toast(t("Saved.")) });
}

async function load() {
  render(skeleton(4), place);
  try {
    shown(await api.get("/api/v1/visit-settings"));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    render(problem(error, load), place);
  }
}

load();
