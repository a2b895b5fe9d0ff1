"""Every word that people see exists in every language, and the catalogues know every word."""

from __future__ import annotations

import pytest

from core import i18n


@pytest.mark.parametrize("language", ["zh_Hans", "zh_Hant"])
def test_no_message_lacks_a_translation(language: str) -> None:
    assert i18n.missing(language) == []


def test_the_catalogues_hold_every_message_of_the_code() -> None:
    collected = {str(message.id) for message in i18n.collect(i18n.TRANSLATIONS.parent) if message.id}
    with (i18n.TRANSLATIONS / "messages.pot").open("rb") as file:
        kept = {str(message.id) for message in i18n.read_po(file) if message.id}
    assert collected == kept, "run script/flask i18n update"
