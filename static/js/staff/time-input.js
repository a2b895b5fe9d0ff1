// A time of day. Own field, because a browser's may hide whether 04:30 is before or after noon.
import { html } from "../core/html.js";

/** "8", "8.30", "0830" → "08:30"; null when it is no time. */
export function clockText(typed) {
  const found = /^(\d{1,2})(?:[:.h ]?(\d{2}))?$/.exec(typed.trim());
  if (!found || Number(found[1]) > 23 || Number(found[2] ?? 0) > 59) return null;
  return `${found[1].padStart(2, "0")}:${found[2] ?? "00"}`;
}

/** timeInput({value, label, change(text)}): `change` is called with "HH:MM" only. */
export function timeInput({ value, label, change }) {
  const typed = (event) => {
    const text = clockText(event.target.value);
    event.target.classList.toggle("is-invalid", text === null);
    if (text === null) return;
    event.target.value = text;
    change(text);
  };
  return html`<input class="form-control time-input" inputmode="numeric" maxlength="5" autocomplete="off" placeholder="08:30" aria-label=${label} .value=${value} @change=${typed} />`;
}
