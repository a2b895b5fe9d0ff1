"""The help centre: published articles that customers may read. No sign-in, no cookie, no script; every address names its language, so that caches may
keep the pages for a few minutes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, current_app, g, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from callcenter.web import help_centre, limits
from callcenter.web.limits import limiter
from core import files
from core.auth.access import public
from core.i18n import COOKIE, LANGUAGES, language_of_browser
from core.search import runs
from tickets.knowledge import queries, rules
from tickets.knowledge.using import path_of

KEPT = 300  # seconds: so long may a cache show what was changed
LONGEST = 200
blueprint = Blueprint("help_centre", __name__)
BY_TAG = {rules.tag_of(language): language for language in rules.LANGUAGES}


@blueprint.before_request
def for_nobody_in_particular() -> None:
    """Templates ask who reads; here it is never anybody, so no session is opened and the answer does not depend on a cookie."""
    g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]


def _speak(tag: str) -> str:
    """The language that the address names; the whole page is in it."""
    if tag not in BY_TAG:
        abort(404)
    g.language = BY_TAG[tag]
    return BY_TAG[tag]


def _kept(page: str, status: int = 200) -> AnyResponse:
    """An answer that is the same for everybody."""
    response = make_response(page, status)
    response.headers["Cache-Control"] = f"public, max-age={KEPT}"
    response.add_etag()
    return response.make_conditional(request)


def _rendered(template: str, language: str, others: dict[str, str], **values: Any) -> str:
    """`others`: by language the address of the same page in it."""
    shown = [(code, name, others[code]) for code, name in LANGUAGES.items() if code in others]
    return render_template(f"web/articles/{template}", language=language, tag=rules.tag_of(language), others=shown, **values)


@blueprint.get("/help/articles")
@public
@limiter.limit(limits.PAGES, exempt_when=limits.off)
def start() -> AnyResponse:
    """To the page in the reader's language."""
    cookie = request.cookies.get(COOKIE)
    language = cookie if cookie in LANGUAGES else language_of_browser(request.headers.get("Accept-Language", ""))
    answer = redirect(f"/help/articles/{rules.tag_of(str(language))}")
    answer.headers["Cache-Control"] = "private, max-age=60"
    answer.headers["Vary"] = "Accept-Language, Cookie"
    return answer


@blueprint.get("/help/articles/<tag>")
@public
@limiter.limit(limits.PAGES, exempt_when=limits.off)
def articles(tag: str) -> AnyResponse:
    """By category; `?category=3` one of them, `?q=` what has these words."""
    language = _speak(tag)
    text = request.args.get("q", "")[:LONGEST].replace("\0", "").strip()
    category_id = request.args.get("category", type=int)
    others = {one: f"/help/articles/{rules.tag_of(one)}" for one in rules.LANGUAGES}
    if text:
        found = help_centre.searched(text, language)
        return _kept(_rendered("found.html", language, others, text=text, found=found, words=runs(text)))
    shelves = help_centre.shelves(language, category_id if category_id is not None and category_id < 1 << 63 else None)
    if category_id is not None and not shelves:
        return _kept(_rendered("gone.html", language, others), 404)
    if category_id is not None:
        others = {one: f"{address}?category={category_id}" for one, address in others.items()}
    return _kept(_rendered("articles.html", language, others, shelves=shelves, whole=category_id is not None))


@blueprint.get("/help/articles/<tag>/<int:article_id>")
@public
@limiter.limit(limits.PAGES, exempt_when=limits.off)
def article(tag: str, article_id: int) -> AnyResponse:
    """One article; in the nearest language, with a clear mark, when it is not there in this one. What was taken away says so."""
    language = _speak(tag)
    page = help_centre.page_of(article_id, language)
    if page is None:
        others = {one: f"/help/articles/{rules.tag_of(one)}" for one in rules.LANGUAGES}
        return _kept(_rendered("gone.html", language, others), 404)
    others = {one: path_of(article_id, one) for one in page.languages}
    attached = queries.files_of(page.version.file_ids)
    shown = [attached[one] for one in page.version.file_ids if one in attached]
    return _kept(_rendered("article.html", language, others, page=page, files=shown, pictures=files.PICTURES))


@blueprint.get("/help/articles/<tag>/suggestions")
@public
@limiter.limit(limits.PAGES, exempt_when=limits.off)
def suggestions(tag: str) -> AnyResponse | Response:
    """For the help form: links to what fits the words typed so far (`?text=`), as a piece of a page; empty when nothing does."""
    language = _speak(tag)
    text = request.args.get("text", "")[:LONGEST].replace("\0", "")
    return _kept(render_template("web/articles/suggestions.html", found=help_centre.similar(text, language)))
