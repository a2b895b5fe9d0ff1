"""Languages: English (source), 简体中文, 繁體中文. The reader's language comes from their account, else a cookie, else the browser."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from pathlib import Path

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from flask import Flask, Response, abort, g, has_request_context, request
from flask.cli import AppGroup
from flask_babel import Babel, get_locale
from flask_login import current_user

from core import javascript_texts
from core.auth.access import public

LANGUAGES = {"en": "English", "zh_Hans": "简体中文", "zh_Hant": "繁體中文"}
COOKIE = "language"
TRANSLATIONS = Path(__file__).parent.parent / "translations"
i18n_cli = AppGroup("i18n", help="Translations.")


def language_of_browser(header: str) -> str:
    """The first language of an Accept-Language header that we speak. zh-TW, zh-HK and zh-Hant are traditional, other zh simplified."""
    for part in header.split(","):
        tag = part.split(";")[0].strip().lower()
        if tag.startswith("zh"):
            return "zh_Hant" if any(mark in tag for mark in ("tw", "hk", "mo", "hant")) else "zh_Hans"
        if tag.startswith("en"):
            return "en"
    return "en"


def choose_language() -> str:
    """For flask-babel: outside a request English unless `g.language` says otherwise (mail to a customer)."""
    if chosen := g.get("language"):
        return str(chosen)
    if not has_request_context():
        return "en"
    if current_user and current_user.is_authenticated and current_user.language in LANGUAGES:
        return str(current_user.language)
    if (cookie := request.cookies.get(COOKIE)) in LANGUAGES:
        return str(cookie)
    return language_of_browser(request.headers.get("Accept-Language", ""))


def choose_zone() -> str:
    """For flask-babel: the reader's time zone."""
    if has_request_context() and current_user and current_user.is_authenticated:
        return str(current_user.time_zone)
    return str(g.get("time_zone") or "UTC")


def html_language() -> str:
    """The `lang` attribute of the page: en, zh-Hans, zh-Hant."""
    return current_language().replace("_", "-")


def current_language() -> str:
    """One of LANGUAGES."""
    locale = get_locale()
    if locale is None or locale.language != "zh":
        return "en"
    return "zh_Hant" if locale.script == "Hant" else "zh_Hans"


@lru_cache
def browser_catalogue(language: str) -> dict[str, str | list[str]]:
    """Messages used by our JavaScript in this language: English → text (a list for plurals)."""
    path = TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    found: dict[str, str | list[str]] = {}
    for message in catalogue:
        if not message.id or message.fuzzy or not any(place.endswith(".js") for place, _ in message.locations):
            continue
        if isinstance(message.id, (tuple, list)):
            found[message.id[0]] = list(message.string or ())
        elif message.string:
            found[str(message.id)] = str(message.string)
    return found


def init_app(app: Flask) -> None:
    """Wire flask-babel and the catalogue that the browser fetches."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    Babel(app, locale_selector=choose_language, timezone_selector=choose_zone)
    app.jinja_env.globals.update(html_language=html_language, current_language=current_language, LANGUAGES=LANGUAGES)
    app.cli.add_command(i18n_cli)

    @app.get("/i18n/<language>.json")
    @public
    def browser_messages(language: str) -> Response:
        if language not in LANGUAGES:
            abort(404)
        body = json.dumps(browser_catalogue(language), ensure_ascii=False)
        response = Response(body, mimetype="application/json")
        response.headers["Cache-Control"] = "max-age=3600"
        return response


def missing(language: str) -> list[str]:
    """Messages of the template file that this language lacks or has only guessed."""
    with (TRANSLATIONS / "messages.pot").open("rb") as file:
        wanted = {str(message.id) for message in read_po(file) if message.id}
    with (TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    done = {str(m.id) for m in catalogue if m.id and not m.fuzzy and (all(m.string) if isinstance(m.string, (tuple, list)) else m.string)}
    return sorted(wanted - done)


SOURCES = [
    ("**/templates/**.html", "jinja2"),
    ("templates/**.html", "jinja2"),
    ("static/js/**.js", f"{javascript_texts.__name__}:extract"),
    ("**.py", "python"),
]
LEFT_OUT = (".venv", "node_modules", "static/vendor", "tests", "bench", "simulator", "var", "migrations", "script")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "N_": None,
    "t": None,
    "tn": (1, 2),
}


def collect(root: Path) -> Catalog:
    """Every message of the code below `root`, with the files it stands in."""

    def wanted(folder: str | os.PathLike[str]) -> bool:
        inside = Path(folder).relative_to(root).as_posix()
        return not any(inside == name or inside.startswith(f"{name}/") for name in LEFT_OUT)

    template = Catalog(project="Callout", charset="utf-8", fuzzy=False)
    for name, line, message, comments, context in extract_from_dir(
        root, SOURCES, keywords=KEYWORDS, comment_tags=("i18n:",), directory_filter=wanted
    ):
        template.add(message, locations=[(name, line)], auto_comments=comments, context=context)
    return template


@i18n_cli.command("update")
def update() -> None:
    """Collect every message of the code into messages.pot and merge it into the languages, keeping what is translated."""
    template = collect(TRANSLATIONS.parent)
    TRANSLATIONS.mkdir(exist_ok=True)
    _write(TRANSLATIONS / "messages.pot", template)
    for language in LANGUAGES:
        if language == "en":
            continue
        path = TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        catalogue = Catalog(locale=language, project="Callout", charset="utf-8", fuzzy=False)
        if path.exists():
            with path.open("rb") as file:
                catalogue = read_po(file, locale=language)
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        _write(path, catalogue)
        click.echo(f"{language}: {len(missing(language))} of {len(template)} to translate")


def _write(path: Path, catalogue: Catalog) -> None:
    """Without dates and line numbers, so that a change of one text is a change of one place."""
    with path.open("wb") as file:
        write_po(file, catalogue, width=140, omit_header=False, sort_output=True, include_lineno=False)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(
        b"".join(line for line in lines if not line.startswith((b'"POT-Creation-Date', b'"PO-Revision-Date', b'"Generated-By')))
    )


@i18n_cli.command("compile")
def compile_all() -> None:
    """Make the .mo files that the server reads."""
    for language in LANGUAGES:
        path = TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"
        if path.exists():
            with path.open("rb") as file, path.with_suffix(".mo").open("wb") as out:
                write_mo(out, read_po(file, locale=language))


@i18n_cli.command("check")
def check() -> None:
    """Fail, naming them, when a message lacks a translation."""
    lacking = {language: found for language in ("zh_Hans", "zh_Hant") if (found := missing(language))}
    for language, found in lacking.items():
        click.echo(f"{language}: {len(found)} missing\n  " + "\n  ".join(found))
    if lacking:
        raise SystemExit(1)
