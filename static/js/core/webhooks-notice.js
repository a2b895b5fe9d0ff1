// On every page of an administrator while a webhook that was paused by itself has not been looked at.
import { html, icon, render } from "./html.js";
import { t } from "./i18n.js";

const main = document.getElementById("main");
if (main && !location.pathname.startsWith("/settings/webhooks")) {
  const place = document.createElement("div");
  place.setAttribute("role", "status");
  main.prepend(place);
  render(
    html`<div class="note note-strong">${icon("webhook")}<div class="grow">${t("A webhook was paused because its receiver failed. What happens meanwhile is not sent.")}</div>
      <a class="btn btn-sm" href="/settings/webhooks">${t("Look at it")}</a></div>`,
    place,
  );
}
