"""Which canned answers a slash and a beginning find."""

from __future__ import annotations

from tests.javascript import evaluate


def test_short_words_come_before_names_and_names_before_folders() -> None:
    answers = [
        {"id": 1, "name": "We cannot come", "folder": "Visits", "shortcut": "no"},
        {"id": 2, "name": "Visit moved", "folder": "", "shortcut": ""},
        {"id": 3, "name": "On the way", "folder": "", "shortcut": "visit"},
        {"id": 4, "name": "Bill", "folder": "", "shortcut": ""},
    ]
    found = evaluate("tickets/quick-text-choice.js", "it.fitting(given, 'VIS').map((one) => one.id)", answers)
    assert found == [3, 2, 1]
