"""Phone numbers: read as people write them, kept as E.164 with the extension apart, shown in the reader's form."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers
from flask_babel import lazy_gettext as _

from core.errors import NotValid

_BETWEEN = re.compile(r"\s*(?:[;,|\n]|\s/\s|\s(?:or|oder|或)\s)\s*")
_NATIONAL_ZERO = re.compile(r"(?<=\d)\s*\(0\)\s*")
COUNTRIES = frozenset(phonenumbers.SUPPORTED_REGIONS)


@dataclass(frozen=True, slots=True)
class Phone:
    """`e164` like +49301234567; `extension` digits only, empty when there is none."""

    e164: str
    extension: str = ""


def parse_phone(text: str, country: str) -> Phone:
    """One number, in international form or as written in `country` (ISO 3166 letters); "/", brackets and full-width digits are fine.

    Raises NotValid on what is no complete number.
    """
    try:
        found = phonenumbers.parse(_NATIONAL_ZERO.sub(" ", text.strip()), country.upper() or None)
    except phonenumbers.NumberParseException:
        raise NotValid(_("This is not a phone number: %(text)s", text=text.strip()[:60]), field="phone") from None
    if not phonenumbers.is_possible_number(found) or not phonenumbers.is_valid_number(found):
        raise NotValid(_("This phone number is not complete or has too many digits: %(text)s", text=text.strip()[:60]), field="phone")
    return Phone(phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164), found.extension or "")


def parse_phones(text: str, country: str) -> list[Phone]:
    """All numbers of a cell such as "0171/1234567 / 030 1234567", in order, each once. Raises NotValid as soon as one cannot be read."""
    whole = text.strip()
    try:
        return [parse_phone(whole, country)]
    except NotValid:
        parts = [part for part in _BETWEEN.split(whole) if part]
        if len(parts) < 2:
            raise
    return list(dict.fromkeys(parse_phone(part, country) for part in parts))


def format_phone(e164: str, *, country: str = "", extension: str = "") -> str:
    """As a reader in `country` writes it: national at home, else international. What is no number comes back as it is."""
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    home = bool(country) and phonenumbers.region_code_for_number(number) == country.upper()
    form = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    shown = phonenumbers.format_number(number, form)
    return f"{shown} ext. {extension}" if extension else shown


def ways_to_type(e164: str) -> list[str]:
    """Digits by which people look for a number: with the country's code, and as dialled at home with and without the leading zero."""
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return []
    national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    significant = phonenumbers.national_significant_number(number)
    dialled = "".join(character for character in national if character.isdigit())
    return list(dict.fromkeys([e164.lstrip("+"), dialled, significant]))
