"""Phone numbers as people write them."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import NotValid
from core.phones import Phone, format_phone, parse_phone, parse_phones, ways_to_type

COUNTRIES = ["DE", "CN", "TW", "US", "GB", "FR", "AT", "JP"]
EXAMPLES = [
    phonenumbers.example_number_for_type(country, kind)
    for country in COUNTRIES
    for kind in (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE)
]
E164 = phonenumbers.PhoneNumberFormat.E164


@pytest.mark.parametrize(
    ("typed", "country", "expected"),
    [
        ("030/1234567", "DE", Phone("+49301234567")),
        ("+49 (0)30 1234567", "CN", Phone("+49301234567")),
        ("0049 30 / 123 45 67", "DE", Phone("+49301234567")),
        ("030 1234567 ext. 12", "DE", Phone("+49301234567", "12")),
        ("(02) 2345-6789 #123", "TW", Phone("+886223456789", "123")),
        ("１３８１２３４５６７８", "CN", Phone("+8613812345678")),
        ("010-6552 9988", "CN", Phone("+861065529988")),
    ],
)
def test_a_number_is_read_as_it_is_written_in_its_country(typed: str, country: str, expected: Phone) -> None:
    assert parse_phone(typed, country) == expected


@pytest.mark.parametrize("typed", ["", "anonymous", "12", "+49", "030 12345678901234567890", "ana@example.com"])
def test_what_is_no_complete_number_is_refused(typed: str) -> None:
    with pytest.raises(NotValid):
        parse_phone(typed, "DE")


def test_several_numbers_in_one_cell_are_all_read_once() -> None:
    assert [phone.e164 for phone in parse_phones("0171/1234567 / 030 1234567; 0171 1234567", "DE")] == ["+491711234567", "+49301234567"]
    with pytest.raises(NotValid):
        parse_phones("030 1234567; anonymous", "DE")


def test_a_number_is_shown_nationally_at_home_and_internationally_abroad() -> None:
    assert format_phone("+49301234567", country="DE") == "030 1234567"
    assert format_phone("+49301234567", country="CN", extension="12") == "+49 30 1234567 ext. 12"
    assert format_phone("anonymous") == "anonymous"


@given(
    number=st.sampled_from(EXAMPLES),
    form=st.sampled_from(
        [phonenumbers.PhoneNumberFormat.NATIONAL, phonenumbers.PhoneNumberFormat.INTERNATIONAL, phonenumbers.PhoneNumberFormat.RFC3966]
    ),
    separator=st.sampled_from(["", " ", "-", "/", ".", "\u00a0", "  "]),
    data=st.data(),
)
def test_every_way_to_write_a_number_means_the_same_number(
    number: phonenumbers.PhoneNumber, form: int, separator: str, data: st.DataObject
) -> None:
    country = str(phonenumbers.region_code_for_number(number))
    written = phonenumbers.format_number(number, form).replace(" ", separator)
    kept = parse_phone(written, country)
    assert kept.e164 == phonenumbers.format_number(number, E164)
    assert parse_phone(kept.e164, data.draw(st.sampled_from(COUNTRIES))) == kept
    for reader in COUNTRIES:
        assert parse_phone(format_phone(kept.e164, country=reader), reader) == kept
    assert kept.e164.lstrip("+") in ways_to_type(kept.e164)


@given(st.text(max_size=40), st.sampled_from(COUNTRIES))
def test_no_text_whatever_gives_anything_but_a_number_or_a_refusal(typed: str, country: str) -> None:
    try:
        found = parse_phone(typed, country)
    except NotValid:
        return
    assert found.e164.startswith("+")
    assert found.e164[1:].isascii()
    assert found.e164[1:].isdigit()
