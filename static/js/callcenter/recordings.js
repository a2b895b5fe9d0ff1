// A recorded talk on the ticket's timeline: heard in place by those who may; every listening stands in the audit.
import { html, icon } from "../core/html.js";
import { formatStopwatch, t } from "../core/i18n.js";
import { registerEntry } from "../tickets/panels.js";

registerEntry("note", ({ data }) =>
  data?.recording_id
    ? {
        sign: "microphone",
        head: html`<strong>${t("Recorded conversation")}</strong><span class="soft number">${formatStopwatch(data.seconds)}</span>`,
        body: html`<div class="row-of wrap" data-recording=${data.recording_id}>
          <audio controls preload="none" aria-label=${t("Recorded conversation")} src=${`/recordings/${data.recording_id}?inline=1`} @error=${refused}></audio>
          <a class="small with-icon" href=${`/recordings/${data.recording_id}`} download>${icon("download", { size: "small" })}${t("Download")}</a>
          <span class="small soft" role="status"></span>
        </div>`,
      }
    : null,
);

/** The player does not say why; the two reasons are these. */
function refused(event) {
  event.target.parentElement.querySelector("[role=status]").textContent = t("It cannot be played: you may listen to your own calls only, or the file is lost.");
}
