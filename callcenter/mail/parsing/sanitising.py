"""HTML made safe to show: nh3 with a fixed list of what may stay, and nothing fetched from afar.

A remote image keeps its address in `data-blocked-src`, for the page to put back when the reader asks for it; `cid:` and embedded
images stay. The page shows the result in a sandboxed frame all the same.
"""

from __future__ import annotations

import html as html_module
import itertools
import re

import nh3

from .problems import Problems

MAXIMUM_CHARACTERS = 2_000_000
# html5ever takes quadratic time for deep nesting, misnested formatting, very many character references and very many attributes of one tag.
# These bounds, found by measuring, keep the worst of each under a second; ordinary mail stays far below them.
_MAXIMUM_STACKED = 20_000
_MAXIMUM_FORMATTING = 20_000
_MAXIMUM_REFERENCES = 200_000
_MAXIMUM_TAG = 10_000  # characters, embedded pictures not counted
_STACKED = re.compile(
    r"<(?:address|article|aside|blockquote|center|details|dialog|dir|div|dl|fieldset|figcaption|figure|footer|form|h[1-6]|header|hgroup|hr|li|"
    r"listing|main|menu|nav|ol|p|plaintext|pre|section|summary|table|ul|xmp|dd|dt|search)\b",
    re.IGNORECASE,
)
# A tag with what stands in quotes, also where these are none to a browser: so a tag is never longer than we think.
_WHOLE_TAG = re.compile(r"""<[a-zA-Z](?>[^>"']++|"[^"]*+"|'[^']*+'|["'])*+""")
_EMBEDDED = re.compile(r"data:[^\"'\s<>]*", re.IGNORECASE)
_FORMATTING = re.compile(r"</?(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])[^<>]*>?", re.IGNORECASE)
_TAGS_WORDS = (
    "a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del details dfn div dl dt em "
    "figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q rp rt ruby s samp section small "
    "span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr"
)
_TAGS = set(_TAGS_WORDS.split())
_CLEAN_CONTENT = {"script", "style", "title", "template", "noembed", "noframes", "iframe", "object", "applet", "svg", "math", "xmp"}
_ATTRIBUTES = {
    "*": {"align", "bgcolor", "color", "dir", "height", "lang", "style", "title", "valign", "width"},
    "a": {"href", "name"},
    "img": {"src", "alt", "border", "hspace", "vspace"},
    "font": {"face", "size"},
    "table": {"border", "cellpadding", "cellspacing"},
    "td": {"colspan", "rowspan", "nowrap"},
    "th": {"colspan", "rowspan", "nowrap"},
    "col": {"span"},
    "colgroup": {"span"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "li": {"value"},
    "blockquote": {"type"},
}
_STYLES_WORDS = (
    "background-color border border-bottom border-collapse border-color border-left border-radius border-right border-spacing border-style "
    "border-top border-width color direction display font font-family font-size font-style font-variant font-weight height letter-spacing "
    "line-height margin margin-bottom margin-left margin-right margin-top max-width min-width padding padding-bottom padding-left "
    "padding-right padding-top text-align text-decoration text-indent text-transform unicode-bidi vertical-align white-space width "
    "word-break word-wrap"
)
_STYLES = set(_STYLES_WORDS.split())
_LINK = re.compile(r"\s*(?:https?:|mailto:|tel:|#)", re.IGNORECASE)
_LOADS = re.compile(r"url\s*\(|image\s*\(|image-set|expression|@import|\\", re.IGNORECASE)
_HARMLESS_IMAGE = re.compile(r"\s*(?:cid:|data:image/(?:png|jpe?g|gif|webp|bmp);)", re.IGNORECASE)
# nh3 writes every attribute in double quotes and escapes quotes inside, so this sees each tag whole, whatever its values hold.
_TAG = re.compile(r'<[a-z][a-z0-9]*(?:\s+[a-z-]+="[^"]*")*\s*/?>')
_SOURCE = re.compile(r'(?<=\s)src="([^"]*)"')
# nh3 reads what stands in <noscript> as bare text, as a browser with scripts does; the reader's frame has none.
_NOSCRIPT = re.compile(r"</?noscript\b[^<>]*>", re.IGNORECASE)
_MARKUP = re.compile(r"<[^<>]*>")


def _filter(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "href":
        return value if _LINK.match(value) else None
    if attribute == "style" and _LOADS.search(value):
        return None
    return value


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_CLEAN_CONTENT,
    attributes=_ATTRIBUTES,
    attribute_filter=_filter,
    link_rel="noopener noreferrer nofollow",
    url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
    filter_style_properties=_STYLES,
    set_tag_attribute_values={"a": {"target": "_blank"}},
)


def sanitise(html: str, problems: Problems) -> str:
    """Safe HTML; plain escaped text where the HTML is too big or too deep to be read in bounded time."""
    if len(html) > MAXIMUM_CHARACTERS:
        problems.add("The HTML is very long and was cut.")
        html = html[:MAXIMUM_CHARACTERS]
    if _more_than(_STACKED, html, _MAXIMUM_STACKED) or html.count("&") > _MAXIMUM_REFERENCES or _has_endless_tag(html):
        problems.add("The HTML is too intricate; only its text is shown.")
        return html_module.escape(without_markup(html).strip(), quote=False).replace("\n", "<br>\n")
    if _more_than(_FORMATTING, html, _MAXIMUM_FORMATTING):
        problems.add("The HTML has too much formatting; it is shown without.")
        html = _FORMATTING.sub("", html)
    return _TAG.sub(_block_remote, _CLEANER.clean(_NOSCRIPT.sub("", html))).strip()


def _more_than(pattern: re.Pattern[str], html: str, maximum: int) -> bool:
    return next(itertools.islice(pattern.finditer(html), maximum, None), None) is not None


def _has_endless_tag(html: str) -> bool:
    """Whether a tag is longer than any that people write, embedded pictures aside."""
    return any(
        match.end() - match.start() > _MAXIMUM_TAG and len(_EMBEDDED.sub("", match[0])) > _MAXIMUM_TAG
        for match in _WHOLE_TAG.finditer(html)
    )


def without_markup(html: str) -> str:
    """The text between tags and comments by plain cutting: for HTML that cannot be read properly."""
    kept, position = [], 0
    while (start := html.find("<!--", position)) >= 0 and (end := html.find("-->", start)) >= 0:
        kept.append(html[position:start])
        position = end + 3
    kept.append(html[position:])
    return _MARKUP.sub(" ", "".join(kept))


def _block_remote(match: re.Match[str]) -> str:
    tag = match[0]
    if not tag.startswith("<img"):
        return tag
    return _SOURCE.sub(lambda source: source[0] if _HARMLESS_IMAGE.match(source[1]) else f'data-blocked-src="{source[1]}"', tag, count=1)
