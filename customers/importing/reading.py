"""One line of a table as a customer: what it says in normal form, and what is wrong with it by column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _

from core.errors import NotValid
from core.phones import parse_phones
from customers import rules
from customers.importing import words
from customers.rules import Contact

T = TypeVar("T")
NO_NUMBER = frozenset({"", "-", "–", "n/a", "na", "none", "null", "无", "無", "/"})


@dataclass(frozen=True)
class Layout:
    """How to read the lines: a target of `columns.TARGETS` per column, the country of national numbers, the language when none is given."""

    headers: Sequence[str]
    targets: Sequence[str]
    country: str
    language: str
    us_dates: bool


@dataclass
class Reading:
    """`values` are arguments of `create_customer`; `problems` target → message, empty when the line can be read in."""

    values: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.values.get("name", ""))

    @property
    def contacts(self) -> list[Contact]:
        return list(self.values.get("contact_points", []))

    @property
    def site(self) -> Mapping[str, Any]:
        return next(iter(self.values.get("sites", [])), {})

    @property
    def equipment(self) -> Mapping[str, Any]:
        return next(iter(self.values.get("equipment", [])), {})

    def marks(self) -> set[tuple[str, ...]]:
        """Lines that share one of these are about the same customer: the name with a number, an address of mail, or a place."""
        name = self.name.casefold()
        found: set[tuple[str, ...]] = {(name, contact.kind, contact.value) for contact in self.contacts}
        if self.site.get("street"):
            found.add((name, "site", self.site["street"].casefold(), self.site.get("city", "").casefold()))
        return found


def layout(columns: Mapping[str, Any], lines: Iterable[Sequence[str]]) -> Layout:
    """From what is stored of an import. Whether 3/4/2026 is in March or April is decided by all dates of the file, else by the country."""
    targets = list(columns["targets"])
    days = [place for place, target in enumerate(targets) if target in ("installed_on", "warranty_until")]
    told = words.month_first(cells[place] for cells in lines for place in days) if days else None
    us_dates = told if told is not None else columns["country"] in ("US", "PH")
    return Layout(columns["headers"], targets, columns["country"], columns["language"], us_dates)


def read(cells: Sequence[str], how: Layout) -> Reading:
    """All of a line at once, so that a person sees all its problems together."""
    reading = Reading()
    by_target: dict[str, list[tuple[str, str]]] = {}
    for header, target, cell in zip(how.headers, how.targets, cells, strict=False):
        if target and cell:
            by_target.setdefault(target, []).append((header, cell))
    one = {target: found[0][1] for target, found in by_target.items() if target not in ("phone", "email", "notes")}
    attempt = _Attempt(reading.problems)
    country = attempt("country", words.country, one["country"]) if "country" in one else how.country
    site = _site(one, country or how.country, attempt)
    equipment = _equipment(one, how, attempt)
    contacts = _contacts(by_target, country or how.country, attempt)
    name = _name(one, attempt)
    notes = _notes(by_target.get("notes", []))
    reading.values = {
        "name": name,
        "kind": attempt("kind", lambda text: words.word("kind", text), one["kind"]) if "kind" in one else "person",
        "tier": attempt("tier", lambda text: words.word("tier", text), one["tier"]) if "tier" in one else "standard",
        "language": attempt("language", lambda text: words.word("language", text), one["language"]) if "language" in one else how.language,
        "notes": attempt("notes", lambda text: rules.text(text, field="notes"), notes) or "",
        "contact_points": contacts,
        "sites": [site] if site else [],
        "equipment": [equipment] if equipment else [],
        "country": country,
    }
    return reading


class _Attempt:
    """Run a check, keep its message under the column's target."""

    def __init__(self, problems: dict[str, str]) -> None:
        self.problems = problems

    def __call__(self, target: str, check: Callable[[str], T], text: str) -> T | None:
        try:
            return check(text)
        except NotValid as error:
            self.problems.setdefault(target, str(error.message))
            return None


def _name(one: Mapping[str, str], attempt: _Attempt) -> str:
    family, given = one.get("last_name", ""), one.get("first_name", "")
    # 王小明, but Ana Kovač.
    joined = f"{family}{given}" if family and ord(family[0]) > 0x2E80 else f"{given} {family}".strip()
    text = one.get("name") or joined
    if not text:
        attempt.problems["name"] = str(_("The name is missing."))
        return ""
    return attempt("name", lambda value: rules.line(value, field="name", needed=True), text) or ""


def _contacts(by_target: Mapping[str, list[tuple[str, str]]], country: str, attempt: _Attempt) -> list[Contact]:
    found: list[Contact] = []
    for _header, text in by_target.get("phone", []):
        if text.lower() not in NO_NUMBER:
            for phone in attempt("phone", lambda value: parse_phones(value, country), text) or []:
                found.append(Contact("phone", f"{phone.e164};ext={phone.extension}" if phone.extension else phone.e164))
    for _header, text in by_target.get("email", []):
        for part in text.replace(",", ";").split(";"):
            if part.strip().lower() not in NO_NUMBER:
                address = attempt("email", rules.normal_email, part)
                if address:
                    found.append(Contact("email", address))
    return list(dict.fromkeys(found))


def _site(one: Mapping[str, str], country: str, attempt: _Attempt) -> dict[str, Any]:
    parts = {key: one[key] for key in ("street", "postal_code", "city", "access") if key in one}
    if not parts:
        return {}
    site: dict[str, Any] = {key: attempt(key, _line(key), text) or "" for key, text in parts.items()}
    if not (site.get("street") or site.get("city")):
        attempt.problems.setdefault("street", str(_("Write at least a street or a city.")))
    return site | {"country": country}


def _equipment(one: Mapping[str, str], how: Layout, attempt: _Attempt) -> dict[str, Any]:
    texts = {key: one[key] for key in ("maker", "model", "serial") if key in one}
    days = {key: one[key] for key in ("installed_on", "warranty_until") if key in one}
    if "equipment" not in one and not texts:
        return {}
    thing: dict[str, Any] = {key: attempt(key, _line(key), text) or "" for key, text in texts.items()}
    # A serial without a word for the thing is still a thing.
    thing["kind"] = attempt("equipment", _line("kind"), one.get("equipment", "") or str(_("Equipment"))) or ""
    for key, text in days.items():
        thing[key] = attempt(key, lambda value, key=key: words.day(value, field=key, us=how.us_dates), text)  # type: ignore[misc]
    first, last = thing.get("installed_on"), thing.get("warranty_until")
    if first and last and last < first:
        attempt.problems.setdefault("warranty_until", str(_("This day lies before the first one.")))
    return thing


def _line(key: str) -> Callable[[str], str]:
    return lambda text: rules.text(text, field=key) if key == "access" else rules.line(text, field=key)


def _notes(found: Sequence[tuple[str, str]]) -> str:
    """One column of notes as it is; several, each under its header."""
    if len(found) == 1 and found[0][0].lower() in ("notes", "note", "备注", "備註", "notizen", "bemerkung"):
        return found[0][1]
    return "\n".join(f"{header}: {text}" for header, text in found)
