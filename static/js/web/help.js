// The help form asks only what belongs to the chosen kind of request. Without this script everything is shown, with the kinds it is for.
const kind = document.querySelector("select[name=kind]");

function follow() {
  for (const part of document.querySelectorAll("[data-kinds]")) {
    const kinds = part.dataset.kinds.split(" ").filter(Boolean);
    part.hidden = kinds.length > 0 && !kinds.includes(kind.value);
    for (const hint of part.querySelectorAll("[data-only]")) hint.hidden = true;
  }
}

kind.addEventListener("change", follow);
follow();
