"""What is left of HTML can neither run nor fetch anything."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.mail.parsing.problems import Problems
from callcenter.mail.parsing.sanitising import sanitise
from core.html_text import html_to_text

REMOTE = re.compile(r"""<[a-z]+(?:\s+[a-z-]+="[^"]*")*?\s+(?:src|background|poster|srcset)="(?!cid:|data:image/)""")


def clean(html: str) -> str:
    return sanitise(html, Problems())


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)>",
        "<a href=' javascript:alert(1)'>x</a>",
        "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
        "<iframe src=//evil></iframe>",
        "<form action=//evil><input></form>",
        "<meta http-equiv=refresh content='0;url=//evil'>",
        "<link rel=stylesheet href=//evil>",
        "<base href=//evil>",
        "<object data=//evil></object>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<p style='background:url(//evil)'>x</p>",
        "<p style='width:expression(alert(1))'>x</p>",
        "<p style='color:\\75rl(//evil)'>x</p>",
        "<video poster=//evil src=//evil></video>",
        "<img srcset='//evil 2x'>",
        "<body background=//evil>",
        "<table background=//evil>",
        "<input type=image src=//evil>",
    ],
)
def test_nothing_dangerous_survives(html: str) -> None:
    assert not re.search(
        r"script|onerror|onload|url\(|expression|<iframe|<form|<meta|<link|<base|<object|<svg|<video|<input|75rl", clean(html)
    )
    assert not REMOTE.search(clean(html))


@pytest.mark.parametrize(
    "source", ["http://e.org/a.png", "//e.org/a.png", " https://e.org/a", "/a.png", "HTTP://e.org/a", "data:image/svg+xml,<svg/>"]
)
def test_an_image_from_elsewhere_is_blocked(source: str) -> None:
    shown = clean(f'<img alt="a > b" src="{source}">')
    assert not re.search(r'\ssrc="', shown)


def test_a_blocked_image_keeps_its_address_for_later() -> None:
    assert clean('<img src="https://e.org/a.png?x=1&amp;y=2">') == '<img data-blocked-src="https://e.org/a.png?x=1&amp;y=2">'


def test_a_sender_cannot_bring_blocked_sources_of_his_own() -> None:
    assert clean('<img data-blocked-src="x" src="cid:a">') == '<img src="cid:a">'


def test_markup_inside_an_attribute_is_left_alone() -> None:
    assert clean("<p title=\"<img src='http://e.org/a'>\">x</p>").count("blocked") == 0


def test_embedded_images_stay() -> None:
    assert 'src="cid:a@b"' in clean('<img src="cid:a@b">')
    assert 'src="data:image/png;base64,AA=="' in clean('<img src="data:image/png;base64,AA==">')


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["<img src=", "'", '"', ">", "<a href=", "http://e", "cid:x", " ", "<p", "</p>", "<!--", "-->", "<svg>", "<b>", "&quot;", "x"]
        )
    )
)
def test_no_shuffled_markup_fetches_anything(pieces: list[str]) -> None:
    shown = clean("".join(pieces))
    assert not REMOTE.search(shown)
    html_to_text(shown)
