// What comes from elsewhere into the editor: only the tags that articles have, without their looks. The server cleans once more.
const KEPT = new Set(["A", "B", "BLOCKQUOTE", "BR", "CODE", "EM", "H2", "H3", "HR", "I", "LI", "OL", "P", "PRE", "STRONG", "TABLE", "TBODY", "TD", "TH", "THEAD", "TR", "U", "UL"]);
const DROPPED = new Set(["SCRIPT", "STYLE", "TITLE", "TEMPLATE", "IFRAME", "OBJECT", "SVG", "MATH", "NOSCRIPT", "HEAD", "META", "LINK"]);
const RENAMED = { H1: "h2", H4: "h3", H5: "h3", H6: "h3", DIV: "p" };
const LINK = /^(https?:|mailto:|tel:)/i;

function copied(node, into) {
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) into.append(child.textContent);
    else if (child.nodeType === Node.ELEMENT_NODE && !DROPPED.has(child.tagName)) {
      const name = RENAMED[child.tagName] ?? (KEPT.has(child.tagName) ? child.tagName.toLowerCase() : null);
      const target = name ? into.appendChild(document.createElement(name)) : into;
      if (name === "a" && LINK.test(child.getAttribute("href") ?? "")) target.setAttribute("href", child.getAttribute("href"));
      copied(child, target);
    }
  }
}

/** Foreign HTML as HTML of ours. */
export function cleaned(foreign) {
  const holder = document.createElement("div");
  copied(new DOMParser().parseFromString(foreign, "text/html").body, holder);
  return holder.innerHTML;
}
