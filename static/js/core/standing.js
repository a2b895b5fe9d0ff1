// What arrives while somebody works and stays until it was seen: above the page at its lower left, so that nothing moves under a hand that is
// about to click. The page's end grows by as much, so that everything can be brought out from under it.

const measure = new ResizeObserver(([{ target }]) => document.documentElement.style.setProperty("--standing", `${target.offsetHeight}px`));

/** An own place among what stands there. */
export function standing(id) {
  let all = document.querySelector("#main > .standing");
  if (!all) {
    all = Object.assign(document.createElement("div"), { className: "standing" });
    document.getElementById("main")?.prepend(all);
    measure.observe(all);
  }
  const place = Object.assign(document.createElement("div"), { id });
  place.setAttribute("data-live-region", "");
  all.append(place);
  return place;
}
