// What arrives while somebody works and stays until it was seen: above the page at its lower left, so that nothing moves under a hand that is
// about to click.

/** An own place among what stands there. */
export function standing(id) {
  let all = document.getElementById("standing");
  if (!all) {
    all = Object.assign(document.createElement("div"), { id: "standing", className: "standing" });
    document.getElementById("main")?.prepend(all);
  }
  const place = Object.assign(document.createElement("div"), { id });
  place.setAttribute("data-live-region", "");
  all.append(place);
  return place;
}
