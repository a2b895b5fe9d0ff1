"""Pages that everybody has: start, account, language, theme, invitation, errors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import select

from core import clock, pages
from core.auth import services as accounts
from core.auth.models import User
from core.auth.permissions import PERMISSIONS
from core.auth.preferences import time_zones
from core.db import db as database
from core.web import MENU

SignIn = Callable[..., FlaskClient]


def form_of(client: FlaskClient, address: str, **values: str) -> dict[str, str]:
    """The values with the CSRF token that the page at `address` shows."""
    page = client.get(address).get_data(as_text=True)
    token = page.split('name="csrf-token" content="')[1].split('"')[0]
    return {"csrf_token": token, **values}


@pytest.fixture
def pages_of_roles(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every role's page is served, whichever packages this checkout has."""
    monkeypatch.setattr(pages, "served", lambda address: address in dict(pages.HOMES).values())


@pytest.mark.parametrize(
    ("roles", "address"),
    [
        (("agent",), "/console"),
        (("technician",), "/field"),
        (("dispatcher",), "/dispatch"),
        (("supervisor",), "/board"),
        (("admin",), "/settings"),
        (("agent", "technician"), "/console"),
        (("admin", "supervisor"), "/board"),
    ],
)
def test_everybody_starts_where_their_role_works(sign_in: SignIn, pages_of_roles: None, roles: tuple[str, ...], address: str) -> None:
    assert sign_in(*roles).get("/").location == address


def test_without_a_page_for_the_role_the_start_is_the_account(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "served", lambda address: False)
    assert sign_in("agent").get("/").location == "/account"


def test_only_addresses_of_this_installation_count_as_served(app: Flask) -> None:
    with app.test_request_context():
        assert pages.served("/account")
        assert not pages.served("/no-such-page")
        assert not pages.served("/sign-out"), "answers POST only"


def test_a_visitor_is_sent_to_sign_in_and_back(app: Flask, db: Any) -> None:
    answer = app.test_client().get("/account")
    assert (answer.status_code, answer.location) == (302, "/sign-in?next=/account")


def test_the_account_keeps_what_is_chosen(sign_in: SignIn) -> None:
    client = sign_in("agent")
    form = form_of(client, "/account", name="Ana Kovač", language="zh_Hans", theme="dark", time_zone="Asia/Shanghai")
    assert client.post("/account", data=form).location == "/account?saved=1"
    user = database.session.scalars(select(User).where(User.name == "Ana Kovač")).one()
    assert (user.language, user.theme, user.time_zone) == ("zh_Hans", "dark", "Asia/Shanghai")
    page = client.get("/account").get_data(as_text=True)
    assert '<html lang="zh-Hans" data-bs-theme="dark" data-zone="Asia/Shanghai">' in page


def test_a_refused_account_shows_why_and_keeps_what_was_typed(sign_in: SignIn) -> None:
    client = sign_in("agent")
    before = client.user.name  # type: ignore[attr-defined]
    form = form_of(client, "/account", name="", language="zh_Hant", theme="dark", time_zone="Asia/Taipei")
    page = client.post("/account", data=form).get_data(as_text=True)
    assert "Write your name." in page
    assert 'aria-invalid="true"' in page
    assert '<option selected value="Asia/Taipei">' in page
    assert database.session.scalars(select(User.name)).all() == [before]


def test_the_account_needs_the_csrf_token(sign_in: SignIn) -> None:
    client = sign_in("agent")
    assert client.post("/account", data={"name": "x"}).status_code == 400


def test_a_visitor_chooses_a_language_by_cookie(app: Flask, db: Any) -> None:
    client = app.test_client()
    answer = client.post("/language", data=form_of(client, "/sign-in", language="zh_Hant", next="/sign-in?next=/account"))
    assert answer.location == "/sign-in?next=/account"
    assert 'lang="zh-Hant"' in client.get("/sign-in").get_data(as_text=True)


def test_a_language_that_is_not_there_changes_nothing(app: Flask, db: Any) -> None:
    client = app.test_client()
    answer = client.post("/language", data=form_of(client, "/sign-in", language="tlh"))
    assert answer.location == "/"
    assert "language=" not in answer.headers.get("Set-Cookie", "")


def test_language_and_theme_of_who_is_signed_in_are_kept_in_the_account(sign_in: SignIn) -> None:
    client = sign_in("agent")
    client.post("/language", data=form_of(client, "/account", language="zh_Hans", next="/account"))
    client.post("/theme", data=form_of(client, "/account", theme="light", next="/account"))
    user = database.session.scalars(select(User)).one()
    assert (user.language, user.theme) == ("zh_Hans", "light")


def test_without_a_choice_the_theme_follows_the_device(app: Flask, db: Any) -> None:
    assert 'data-bs-theme="auto"' in app.test_client().get("/sign-in").get_data(as_text=True)


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "evil", "javascript:alert(1)", ""]
)
def test_a_choice_never_leads_to_another_site(elsewhere: str) -> None:
    assert pages.local(elsewhere) == "/"


def test_an_invitation_becomes_an_account_that_is_signed_in(app: Flask, db: Any) -> None:
    accounts.ensure_roles()
    secret = accounts.invite(roles=["admin"], now=clock.now())
    database.session.commit()
    client = app.test_client()
    address = f"/welcome/{secret}"
    assert "Administrator" in client.get(address).get_data(as_text=True)
    form = form_of(client, address, name="Root", email="root@example.com", password="three words here", time_zone="Europe/Berlin")
    assert client.post(address, data=form).location == "/"
    user = database.session.scalars(select(User)).one()
    assert (user.email, user.time_zone, user.role_names) == ("root@example.com", "Europe/Berlin", {"admin"})
    assert user.last_sign_in_at is not None
    assert "root@example.com" in client.get("/account").get_data(as_text=True)
    assert client.get(address).status_code == 404, "the link works once"


def test_an_invitation_is_kept_when_the_form_is_refused(app: Flask, make_user: Callable[..., User]) -> None:
    taken = make_user("agent")
    taken.email = "taken@example.com"
    secret = accounts.invite(roles=["agent"], now=clock.now())
    database.session.commit()
    client = app.test_client()
    address = f"/welcome/{secret}"
    short = form_of(client, address, name="Ana", email="ana@example.com", password="short", time_zone="UTC")
    assert "at least 10 characters" in client.post(address, data=short).get_data(as_text=True)
    double = form_of(client, address, name="Ana", email="taken@example.com", password="three words here", time_zone="UTC")
    page = client.post(address, data=double).get_data(as_text=True)
    assert "there already" in page
    assert 'value="Ana"' in page
    assert client.get(address).status_code == 200


def test_an_old_invitation_says_what_to_do(app: Flask, db: Any) -> None:
    accounts.ensure_roles()
    secret = accounts.invite(roles=["agent"], now=clock.now() - timedelta(days=8))
    database.session.commit()
    answer = app.test_client().get(f"/welcome/{secret}")
    assert answer.status_code == 404
    assert "Ask for a new one" in answer.get_data(as_text=True)


def test_wrong_passwords_are_refused_in_our_words(app: Flask, db: Any) -> None:
    accounts.ensure_roles()
    accounts.create_user(email="ana@example.com", name="Ana", password="three words here", roles=["agent"], now=clock.now())
    database.session.commit()
    client = app.test_client()
    wrong = client.post("/sign-in", data=form_of(client, "/sign-in", email="ana@example.com", password="not the one"))
    assert "do not belong together" in wrong.get_data(as_text=True)
    right = client.post("/sign-in", data=form_of(client, "/sign-in", email="ana@example.com", password="three words here"))
    assert urlsplit(right.location).path == "/"


def test_a_password_is_changed_and_the_old_one_ends(app: Flask, db: Any) -> None:
    accounts.ensure_roles()
    user = accounts.create_user(email="ana@example.com", name="Ana", password="three words here", roles=["agent"], now=clock.now())
    database.session.commit()
    client = app.test_client()
    client.post("/sign-in", data=form_of(client, "/sign-in", email="ana@example.com", password="three words here"))
    new = {"new_password": "four words are here", "new_password_confirm": "four words are here"}
    refused = client.post("/account/password", data=form_of(client, "/account/password", password="wrong", **new))
    assert "This is not your password." in refused.get_data(as_text=True)
    assert (
        urlsplit(
            client.post("/account/password", data=form_of(client, "/account/password", password="three words here", **new)).location
        ).path
        == "/account"
    )
    assert user.verify_and_update_password("four words are here")
    assert not user.verify_and_update_password("three words here")


def test_an_error_page_names_the_request(app: Flask, db: Any) -> None:
    answer = app.test_client().get("/no-such-page")
    assert answer.status_code == 404
    page = answer.get_data(as_text=True)
    assert "There is nothing at this address." in page
    assert answer.headers["X-Request-Id"] in page


def test_an_error_page_never_links_to_another_site(app: Flask, db: Any) -> None:
    page = app.test_client().get("//evil.example/x").get_data(as_text=True)
    assert 'href="//evil' not in page
    assert 'value="//evil' not in page


def test_the_navigation_shows_what_the_role_may_open(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MENU, "fillers", [])
    for label, permission in (("Board", "board.read"), ("Field", "field.use")):
        entry = {"label": label, "icon": "home", "address": f"/{label.lower()}", "permission": permission, "key": ""}
        MENU.fill(label, lambda entry=entry: entry)
    page = sign_in("technician").get("/account").get_data(as_text=True)
    assert 'href="/field"' in page
    assert 'href="/board"' not in page


def test_search_and_presence_stand_only_where_the_role_has_them(sign_in: SignIn) -> None:
    agent, technician = (sign_in(role).get("/account").get_data(as_text=True) for role in ("agent", "technician"))
    assert 'id="search"' in agent
    assert 'id="presence"' in agent
    assert 'id="search"' not in technician
    assert 'id="presence"' not in technician
    assert "search.use" not in PERMISSIONS["technician"]


def test_other_packages_add_modules_to_every_page(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages.SHELL_MODULES, "fillers", [])
    pages.SHELL_MODULES.fill("presence", lambda: "js/callcenter/presence.js")
    pages.SHELL_MODULES.fill("none", lambda: None)
    page = sign_in("agent").get("/account").get_data(as_text=True)
    assert page.count('/js/callcenter/presence.js"></script>') == 1


def test_the_style_guide_is_not_served_by_an_installation_that_works_for_real(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in("agent")
    assert client.get("/styleguide").status_code == 200
    monkeypatch.setitem(app.config, "TESTING", False)
    assert client.get("/styleguide").status_code == 404
    assert client.get("/styleguide/explanation").status_code == 404


@pytest.mark.parametrize(
    ("name", "letters"), [("Ana Kovač", "AK"), ("Jan van der Berg", "JB"), ("王小明", "小明"), ("ana", "AN"), ("", "")]
)
def test_initials_are_letters_people_know_each_other_by(name: str, letters: str) -> None:
    assert pages.initials(name) == letters


def test_times_are_shown_in_the_readers_zone_and_with_the_date_when_not_today(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat("2026-03-10T09:00:00+00:00"))
    with app.test_request_context():
        g.time_zone, g.language = "Asia/Shanghai", "en"
        monkeypatch.setattr(pages, "choose_zone", lambda: "Asia/Shanghai")
        monkeypatch.setattr(pages, "to_user_timezone", lambda moment: moment.astimezone(ZoneInfo("Asia/Shanghai")))
        monkeypatch.setattr(pages, "get_timezone", lambda: ZoneInfo("Asia/Shanghai"))
        assert pages.short_time(datetime.fromisoformat("2026-03-10T06:02:00+00:00")) == "14:02"
        assert pages.short_time(datetime.fromisoformat("2026-03-10T16:30:00+00:00")) == "Wed, Mar 11 00:30"
        assert pages.full_time(datetime.fromisoformat("2026-03-10T06:02:09+00:00")) == "Tue, Mar 10, 2026 14:02:09 (Asia/Shanghai)"
        assert pages.short_time(None) == ""


def test_zones_are_places_and_utc() -> None:
    zones = time_zones()
    assert zones[0] == "UTC"
    assert {"Europe/Berlin", "Asia/Shanghai", "Asia/Taipei", "America/New_York"} <= set(zones)
    assert not {"EST", "GMT+0", "Etc/GMT-3"} & set(zones)
