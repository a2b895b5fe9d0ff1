"""The parts of pages in a real browser: lists, clocks, requests, forms, tables, toasts."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.core.in_browser import address, module, opened, page, sign_in

__all__ = ["address", "page"]  # fixtures
pytestmark = pytest.mark.e2e


def test_a_list_under_the_pointer_holds_still_and_says_what_waits(page: Page) -> None:
    cards = page.locator("#over .board-card")
    before = cards.all_inner_texts()
    page.hover("#over .board-card")
    for _ in range(2):
        page.evaluate("document.getElementById('add-row').click()")
    expect(page.locator("#over .hold-bar")).to_have_text("2 new")
    assert [text.splitlines()[0] for text in cards.all_inner_texts()] == [text.splitlines()[0] for text in before]
    page.mouse.move(2, 2)
    expect(cards).to_have_count(len(before) + 2)
    expect(page.locator("#over .hold-bar")).to_have_count(0)


def test_a_list_with_the_focus_inside_holds_still_too_and_a_changed_row_is_tinted(page: Page) -> None:
    page.emulate_media(reduced_motion="no-preference")  # else the tint is over at once
    page.mouse.move(2, 2)
    page.locator("#over a").first.focus()
    page.evaluate("document.getElementById('add-row').click()")
    expect(page.locator("#over .hold-bar")).to_have_text("1 new")
    page.evaluate("document.getElementById('change-row').click()")
    expect(page.locator("#over .changed")).to_contain_text("(again)")
    page.click("#over .hold-bar button")
    expect(page.locator("#over .hold-bar")).to_have_count(0)


def test_a_clock_says_in_words_what_its_colour_says(page: Page) -> None:
    read = """
      const at = Date.parse('2026-03-10T09:00:00Z');
      const made = (more) => ({ state: 'running', budget: 3600, used: 0, as_of: '2026-03-10T09:00:00Z', due_at: '2026-03-10T10:00:00Z', ...more });
      const say = (clock, minutes) => { const { level, value } = it.reading(clock, at + minutes * 60000); return [level, value]; };
      return [
        say(made({}), 0), say(made({}), 44), say(made({}), 45), say(made({}), 60), say(made({}), 72),
        say(made({ due_at: '2026-03-12T10:00:00Z', budget: 176400 }), 0)[0],
        say(made({ state: 'paused', reason: 'part', due_at: null }), 500), say(made({ state: 'paused', reason: 'the porter' }), 0),
        say(made({ state: 'met' }), 500)[0], say(made({ state: 'breached', ended_at: '2026-03-10T11:10:00Z' }), 500),
      ];"""
    assert module(page, "clock-chip.js", read) == [
        ["ok", "1 h"],
        ["ok", "16 m"],
        ["near", "15 m"],
        ["over", "over 0 s"],
        ["over", "over 12 m"],
        "ok",
        ["paused", "paused: part"],
        ["paused", "paused: the porter"],
        "done",
        ["missed", "late by 1 h 10 m"],
    ]


def test_the_bar_of_a_clock_counts_open_hours_only(page: Page) -> None:
    share = """
      const at = Date.parse('2026-03-10T17:00:00Z');
      const clock = { state: 'running', budget: 7200, used: 0, as_of: '2026-03-10T17:00:00Z', due_at: '2026-03-11T09:00:00Z' };
      const windows = [[at / 1000, at / 1000 + 3600], [at / 1000 + 54000, at / 1000 + 57600]];
      return [it.shareUsed({ ...clock, windows }, at + 5 * 3600e3), it.shareUsed(clock, at + 5 * 3600e3), it.shareUsed(clock, at + 16 * 3600e3)];"""
    assert module(page, "clock-chip.js", share) == [0.5, 0.99, 1]


def test_a_clock_explains_itself_where_it_stands(page: Page) -> None:
    page.locator("#chips button").first.click()
    expect(page.locator(".explanation li")).to_have_count(3)
    page.keyboard.press("Escape")
    expect(page.locator(".explanation")).to_have_count(0)


def test_durations_and_times_are_written_as_people_say_them(page: Page) -> None:
    found = module(
        page,
        "i18n.js",
        """return [
          ...[0, 59, 60, 3600, 4320, 90000, -720].map(it.formatDuration),
          it.formatStopwatch(3729), it.formatMoney(129900, 'EUR'), it.formatTime('2026-03-10T13:02:00Z', { zone: 'Asia/Shanghai' }),
          it.t('100%% of %(name)s', { name: 'x' }), it.tn('%(count)s job', '%(count)s jobs', 1200),
        ]""",
    )
    assert found[:7] == ["0 s", "59 s", "1 m", "1 h", "1 h 12 m", "1 d 1 h", "12 m"]
    assert found[7:] == ["1:02:09", "€1,299.00", "21:02", "100% of x", "1,200 jobs"]


def test_the_catalogue_of_the_readers_language_is_used(browser: Browser, address: str) -> None:
    page = opened(browser, address)
    words = {"live": "在线", "%(count)s new": ["%(count)s 条新的"], "%(hours)s h %(minutes)s m": "%(hours)s 小时 %(minutes)s 分"}
    page.route("**/i18n/zh_Hans.json*", lambda route: route.fulfill(json=words))
    sign_in(page)
    page.goto("/account")
    page.click(".user-button")
    page.click("button[lang=zh-Hans]")
    page.wait_for_load_state()
    page.goto("/styleguide")
    expect(page.locator("#connections .connection").first).to_have_text("在线")
    assert module(page, "i18n.js", "return [it.formatDuration(4320), it.tn('%(count)s new', '%(count)s new', 3)]") == [
        "1 小时 12 分",
        "3 条新的",
    ]
    page.context.close()


def failing(keys: list[str], failures: int) -> Any:
    """A route that breaks off the first `failures` requests and notes each one's Idempotency-Key."""

    def answer(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) <= failures:
            route.abort("connectionreset")
        else:
            route.fulfill(json={"number": 7})

    return answer


def test_an_action_keeps_its_key_over_all_its_tries(page: Page) -> None:
    keys: list[str] = []
    page.route("**/api/v1/tickets", failing(keys, 2))
    assert module(page, "api.js", "return it.api.post('/api/v1/tickets', { subject: 'x' })") == {"number": 7}
    assert len(keys) == 3
    assert len(set(keys)) == 1
    page.complaints.clear()  # type: ignore[attr-defined]


def test_a_write_outside_the_api_is_tried_once(page: Page) -> None:
    keys: list[str] = []
    page.route("**/other", failing(keys, 9))
    said = module(page, "api.js", "return it.api.post('/other', {}).catch((error) => [error.name, error.status, error.offline])")
    assert said == ["ApiError", 0, True]
    assert len(keys) == 1
    page.complaints.clear()  # type: ignore[attr-defined]


def test_problems_become_errors_by_field(page: Page) -> None:
    problem = {"title": "No.", "status": 422, "code": "not_valid", "errors": {"phone": ["Not a number."]}}
    page.route("**/api/v1/x", lambda route: route.fulfill(status=422, json=problem, content_type="application/problem+json"))
    said = module(page, "api.js", "return it.api.get('/api/v1/x').catch((e) => [e.status, e.title, e.code, e.errors])")
    assert said == [422, "No.", "not_valid", {"phone": ["Not a number."]}]
    page.complaints.clear()  # type: ignore[attr-defined]


def test_a_form_tried_again_is_the_same_action_until_it_is_changed(page: Page) -> None:
    keys: list[str] = []
    page.route("**/api/v1/try", failing(keys, 8))
    form = '<form id="own" data-api="POST /api/v1/try"><input name="a.b" value="1"><button>go</button></form>'
    page.evaluate("(html) => document.body.insertAdjacentHTML('beforeend', html)", form)
    module(page, "form.js", "it.enhanceAll(document.body)")
    for _ in range(2):
        page.evaluate("document.querySelector('#own').requestSubmit()")
        expect(page.locator("#own [role=alert]")).to_contain_text("No connection", timeout=30_000)  # after four tries
        expect(page.locator("#own")).not_to_have_attribute("aria-busy", "true")
    assert len(keys) == 8
    assert len(set(keys)) == 1
    page.fill("#own input", "2")
    with page.expect_navigation():
        page.evaluate("document.querySelector('#own').requestSubmit()")
    assert len(set(keys)) == 2
    page.complaints.clear()  # type: ignore[attr-defined]


def test_a_refused_form_says_so_beside_the_field_and_keeps_what_was_typed(page: Page) -> None:
    page.fill("#phone", "030 90")
    page.click("#form button")
    expect(page.locator("#queue")).to_be_focused()
    expect(page.locator("#phone")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#phone")).to_have_attribute("aria-describedby", re.compile("phone-problem"))
    expect(page.locator("#phone-problem")).to_have_text("This is not a phone number.")
    expect(page.locator("#form [role=alert]")).to_contain_text("changed by Ana")
    expect(page.locator("#phone")).to_have_value("030 90")
    page.fill("#phone", "+49 30 90")
    expect(page.locator("#phone-problem")).to_have_count(0)


def test_form_values_nest_and_have_types(page: Page) -> None:
    html = (
        "<form id=v><input name=site.city value=Bonn><input name=lines.0.sku value=A><input name=n type=number value=4><input name=none type=date>"
        "<input type=checkbox name=on checked><input type=checkbox name=tags value=a checked><input type=checkbox name=tags value=b>"
        "<input type=hidden name=csrf_token value=t></form>"
    )
    page.evaluate("(html) => document.body.insertAdjacentHTML('beforeend', html)", html)
    found = module(page, "form.js", "return it.formValues(document.querySelector('#v'))")
    assert found == {"site": {"city": "Bonn"}, "lines": [{"sku": "A"}], "n": 4, "none": None, "on": True, "tags": ["a"]}


def test_a_tables_state_is_its_address(page: Page) -> None:
    table = page.locator("#table")
    table.get_by_role("button", name="Subject").click()
    table.get_by_role("button", name="South").click()
    page.wait_for_url("**/styleguide?queue=South&sort=subject")
    assert table.locator("tbody tr").first.inner_text().strip().startswith("4216")
    table.get_by_role("button", name="Choose columns").click()
    page.locator("#columns-styleguide label", has_text="Queue").click()
    assert page.url.endswith("&columns=number,subject,customer,queue,amount,clock")
    page.keyboard.press("Escape")
    page.go_back()
    expect(table.get_by_role("button", name="South")).to_have_attribute("aria-pressed", "false")
    page.goto("/styleguide?sort=-number&columns=number,queue")
    expect(table.locator("tbody tr").first).to_contain_text("4244")
    expect(table.locator("thead th")).to_have_count(3)


def test_a_table_is_walked_and_chosen_by_keys(page: Page) -> None:
    table = page.locator("#table")
    table.locator("tbody tr").first.focus()
    for key in ("ArrowDown", "x", "j", "x"):
        page.keyboard.press(key)
    expect(table.locator("tbody tr[aria-selected=true]")).to_have_count(2)
    expect(table.locator(".bulk-bar")).to_contain_text("2 selected")
    page.keyboard.press("Enter")
    page.wait_for_url("**#table-part-4213")


def test_undo_takes_it_back(page: Page) -> None:
    page.click("#toast-undo")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.locator(".toast-line")).to_have_text("Taken back.")


def test_what_stands_above_the_page_leaves_room_to_reach_its_end(page: Page) -> None:
    put = """
      it.standing("long").innerHTML = `<div class="note">${"A long reminder. ".repeat(60)}</div>`;
      const last = Object.assign(document.createElement("button"), { textContent: "The last button", onclick: () => (window.pressed = true) });
      document.getElementById("main").append(last);
    """
    module(page, "standing.js", put)
    page.get_by_role("button", name="The last button").click(timeout=5000)
    assert page.evaluate("window.pressed") is True
