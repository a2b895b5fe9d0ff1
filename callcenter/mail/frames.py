"""A mail's HTML in a frame that can do nothing: no script, no form, no request to anywhere, not even a cookie."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping

from flask import Response

# A picture is put into the page itself, for a frame without origin may not fetch one with the reader's session.
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"})
LARGEST_PICTURES = 8 * 1024 * 1024  # bytes, all together
_CID = re.compile(r'(?<=\s)src="cid:([^"]{1,300})"', re.IGNORECASE)
_BLOCKED = re.compile(r'(?<=\s)data-blocked-src="(https?://[^"]*)"', re.IGNORECASE)
_STYLE = "body{margin:12px;font:14px/1.5 system-ui,sans-serif;color:#1d2433;background:#fff;overflow-wrap:anywhere}img{max-width:100%;height:auto}"


def framed(html: str, pictures: Mapping[str, tuple[str, bytes]], *, remote_pictures: bool = False) -> Response:
    """The sanitised HTML as an answer of its own. `pictures`: Content-ID → (type, bytes) of what stands in the text.

    `remote_pictures`: the reader asked for them, which tells their sender that the mail was read.
    """
    shown = _with_pictures(html, pictures)
    allowed = "data: 'self'"
    if remote_pictures:
        shown = _BLOCKED.sub(lambda found: f'src="{found[1]}"', shown)
        allowed += " https: http:"
    page = (
        f'<!doctype html><html><head><meta charset="utf-8"><base target="_blank"><style>{_STYLE}</style></head><body>{shown}</body></html>'
    )
    response = Response(page, mimetype="text/html")
    policy = f"sandbox; default-src 'none'; img-src {allowed}; style-src 'unsafe-inline'; frame-ancestors 'self'"
    response.headers["Content-Security-Policy"] = policy
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _with_pictures(html: str, pictures: Mapping[str, tuple[str, bytes]]) -> str:
    left = LARGEST_PICTURES

    def put(found: re.Match[str]) -> str:
        nonlocal left
        content_type, content = pictures.get(found[1], ("", b""))
        if content_type not in PICTURES or len(content) > left:
            return ""
        left -= len(content)
        return f'src="data:{content_type};base64,{base64.b64encode(content).decode()}"'

    return _CID.sub(put, html)
