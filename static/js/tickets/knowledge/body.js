// The body of an article on a page of ours: HTML that the server has made safe, the links of which open beside this page.
import { html, ref } from "../../core/html.js";
import { tagOf } from "./words.js";

/** Draw a body; `language` for reading aloud and for the right glyphs. */
export const articleBody = (body, language) => html`<div class="article-body" lang=${tagOf(language)} ${ref((element) => element && fill(element, body))}></div>`;

function fill(element, body) {
  if (element.drawn === body) return;
  element.drawn = body;
  element.innerHTML = body; // sanitised by tickets/knowledge/rich_text.py before it was stored; our policy runs no script in it either
  for (const link of element.querySelectorAll("a")) link.target = "_blank";
}
