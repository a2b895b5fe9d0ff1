"""The console's page and the settings of the telephone: who may open them, and what they hold."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from callcenter.voice import carrier, connection
from callcenter.voice.carrier import Application, CarrierNumber
from tests.callcenter.voice.conftest import NUMBER, Firm

SignIn = Callable[..., FlaskClient]
SID = "0123456789abcdef" * 2
PUBLIC = "https://service.example.org"


def data_of(text: str) -> dict[str, Any]:
    """What the page gives its scripts."""
    found = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_the_console_knows_me_and_my_queues(firm: Firm, make_agent: Callable[..., Any], sign_in: SignIn) -> None:
    ana = make_agent("Ana")
    answer = sign_in(user=ana.user).get("/console")
    assert answer.status_code == 200
    data = data_of(answer.get_data(as_text=True))
    assert data["person_id"] == ana.id
    assert data["queues"] == [{"id": firm.queue.id, "name": "Repairs", "mine": True}]
    assert (data["may_take"], data["may_write"]) == (True, True)
    assert "js/callcenter/presence.js" in answer.get_data(as_text=True)


@pytest.mark.parametrize(("role", "status"), [("dispatcher", 200), ("technician", 403)])
def test_the_console_is_for_who_may_use_it(firm: Firm, sign_in: SignIn, role: str, status: int) -> None:
    answer = sign_in(role).get("/console")
    assert answer.status_code == status
    assert "js/callcenter/presence.js" not in answer.get_data(as_text=True)  # dispatchers take no calls


@pytest.mark.parametrize("path", ["/settings/phone-numbers", "/settings/voice-menus", "/settings/twilio"])
def test_the_settings_of_the_telephone_are_the_administrators(firm: Firm, sign_in: SignIn, path: str) -> None:
    assert sign_in("admin").get(path).status_code == 200
    assert sign_in("supervisor").get(path).status_code == 403


def test_the_settings_show_what_is_there(firm: Firm, sign_in: SignIn) -> None:
    client = sign_in("admin")
    [number] = data_of(client.get("/settings/phone-numbers").get_data(as_text=True))["numbers"]
    assert (number["number"], number["label"], number["shown"]) == (NUMBER, "Main", "+49 30 12345678")
    [menu] = data_of(client.get("/settings/voice-menus").get_data(as_text=True))["menus"]
    assert (menu["name"], menu["used"], menu["definition"]["greeting"]) == ("Main", 1, {"en": "Welcome."})


def test_the_way_to_a_real_number_names_our_own_addresses(app: Flask, firm: Firm, sign_in: SignIn) -> None:
    text = sign_in("admin").get("/settings/twilio").get_data(as_text=True)
    base = app.config["CALLOUT"].public_base_url
    for path in ("/voice/in", "/voice/fallback", "/voice/status", "/voice/agent"):
        assert f"<code>{base}{path}</code>" in text
    rules = {rule.rule: rule.methods for rule in app.url_map.iter_rules()}
    assert all("POST" in (rules[path] or ()) for path in (connection.IN, connection.FALLBACK, connection.STATUS, connection.AGENT))


@pytest.mark.parametrize(
    ("address", "reachable"),
    [
        (PUBLIC, True),
        ("http://service.example.org", False),
        ("https://127.0.0.1:5000", False),
        ("https://192.168.1.4", False),
        ("https://localhost", False),
        ("https://callout", False),
        ("https://8.8.8.8", True),
    ],
)
def test_only_a_public_https_address_can_be_called_by_the_carrier(address: str, reachable: bool) -> None:
    assert connection.is_reachable(address) is reachable


def test_the_check_names_every_setting_that_is_missing(app: Flask) -> None:
    config = replace(
        app.config["CALLOUT"], carrier="none", twilio_account_sid="", twilio_auth_tokens=(), public_base_url="http://127.0.0.1"
    )
    bare = connection.settings_findings(config, active_numbers=0)
    assert {finding.code for finding in bare if not finding.ok} == {
        *("public", "live", "account", "token", "key", "secret", "app", "carrier", "numbers"),
    }
    whole = replace(
        config,
        carrier="twilio",
        public_base_url=PUBLIC,
        live_public_url=PUBLIC,
        twilio_account_sid=f"AC{SID}",
        twilio_auth_tokens=("hidden-token",),
        twilio_api_key=f"SK{SID}",
        twilio_api_secret="hidden-secret",
        twilio_app_sid=f"AP{SID}",
    )
    found = connection.settings_findings(whole, active_numbers=1)
    assert all(finding.ok for finding in found)
    assert not any("hidden" in finding.found for finding in found)


def test_the_check_names_the_webhook_that_leads_elsewhere() -> None:
    right = CarrierNumber(f"{PUBLIC}/voice/in", "POST", f"{PUBLIC}/voice/fallback", f"{PUBLIC}/voice/status")
    app = Application(f"{PUBLIC}/voice/agent", "POST")

    def wrong(number: CarrierNumber, application: Application) -> list[str]:
        found = connection.carrier_findings(PUBLIC, [NUMBER], {NUMBER: number}, application)
        return [finding.code for finding in found if not finding.ok]

    assert wrong(right, app) == []
    assert wrong(replace(right, voice_method="GET"), app) == [f"voice {NUMBER}"]
    assert wrong(replace(right, status_url=""), app) == [f"status {NUMBER}"]
    assert wrong(right, Application("https://demo.example.net", "POST")) == ["application"]
    missing = connection.carrier_findings(PUBLIC, [NUMBER], {}, None)
    assert [(finding.code, finding.ok) for finding in missing] == [(f"number {NUMBER}", False)]


def test_the_check_asks_the_carrier_and_says_when_it_could_not(
    firm: Firm, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, app: Flask
) -> None:
    client = sign_in("admin")
    base = app.config["CALLOUT"].public_base_url
    on_file = {NUMBER: CarrierNumber(f"{base}/voice/in", "POST", f"{base}/voice/fallback", "")}
    monkeypatch.setattr(carrier, "numbers_on_file", lambda: on_file)
    answer = client.get("/api/v1/carrier-check").json
    by_code = {finding["code"]: finding["ok"] for finding in answer["findings"]}
    assert (by_code[f"voice {NUMBER}"], by_code[f"status {NUMBER}"], answer["problem"]) == (True, False, "")

    monkeypatch.undo()
    unreachable = client.get("/api/v1/carrier-check").json  # nobody listens at the simulator's address
    assert unreachable["problem"]
    assert f"voice {NUMBER}" not in {finding["code"] for finding in unreachable["findings"]}
