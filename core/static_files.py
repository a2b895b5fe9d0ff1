"""Files under static/, answered before the application sees the request: they are everybody's, so nobody is looked up for them, and a page's
seventy modules cost no seventy questions to the database. They are there too while it is away."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.http import parse_accept_header
from werkzeug.security import safe_join
from werkzeug.utils import send_file
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PREFIX = "/static/"
YEAR = "public, max-age=31536000, immutable"


class StaticFiles:
    """`/static/BUILD/PATH`; pre-compressed where set-up made a `.gz` beside the file. Any build is answered, an old page may still ask, but only
    the present one may be kept. What is not there is the application's to refuse."""

    def __init__(self, app: Flask, folder: Path, headers: dict[str, str]) -> None:
        self.app, self.inner, self.folder, self.headers = app, app.wsgi_app, str(folder), headers

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = self._answer(environ) if environ["PATH_INFO"].startswith(PREFIX) else None
        return (answer or self.inner)(environ, start_response)

    def _answer(self, environ: WSGIEnvironment) -> Response | None:
        build, _slash, name = environ["PATH_INFO"].removeprefix(PREFIX).partition("/")
        path = safe_join(self.folder, name) if environ["REQUEST_METHOD"] in ("GET", "HEAD") else None
        if path is None or not os.path.isfile(path):
            return None
        gzipped = parse_accept_header(environ.get("HTTP_ACCEPT_ENCODING")).quality("gzip") > 0 and os.path.isfile(f"{path}.gz")
        answer: Any = send_file(f"{path}.gz" if gzipped else path, environ, download_name=os.path.basename(path), conditional=True)
        if gzipped:
            answer.headers["Content-Encoding"] = "gzip"
        answer.headers["Vary"] = "Accept-Encoding"
        answer.headers["Cache-Control"] = YEAR if build == self.app.config["BUILD"] and not self.app.debug else "no-cache"
        answer.headers.update(self.headers)
        return answer  # type: ignore[no-any-return]
