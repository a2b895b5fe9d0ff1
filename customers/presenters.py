"""How customers look in JSON. Phone numbers come as {e164, extension, text}, the text in the reader's form."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from core.phones import format_phone
from customers import queries, rules
from customers.importing import queries as imports
from customers.importing.columns import TARGETS
from customers.models import Consent, ContactPoint, Contract, Customer, CustomerImport, CustomerImportRow, Site
from customers.queries import Card, Covered


def contact_point(row: ContactPoint, country: str) -> dict[str, Any]:
    """`text` is what a reader in `country` sees."""
    text = format_phone(row.value, country=country, extension=row.extension) if row.kind == "phone" else row.value
    keys = ("id", "kind", "value", "extension", "label", "undeliverable_at")
    return {key: getattr(row, key) for key in keys} | {"text": text}


def site(row: Site) -> dict[str, Any]:
    """A place of theirs; `address` in one line."""
    keys = ("id", "name", "street", "postal_code", "city", "country", "time_zone", "latitude", "longitude", "access", "address")
    return {key: getattr(row, key) for key in keys}


def contract(row: Contract, on: date) -> dict[str, Any]:
    """`runs`: holds on that day."""
    keys = ("id", "name", "coverage", "equipment_id", "starts_on", "ends_on", "visits_per_year")
    return {key: getattr(row, key) for key in keys} | {"runs": rules.runs(row, on)}


def equipment(found: Covered, on: date) -> dict[str, Any]:
    """A thing with what covers it."""
    row = found.equipment
    keys = ("id", "site_id", "kind", "maker", "model", "serial", "label", "installed_on", "warranty_until", "retired_on", "notes")
    return {key: getattr(row, key) for key in keys} | {
        "warranty": found.warranty,
        "contract": contract(found.contract, on) if found.contract else None,
        "site": row.site.address or row.site.name if row.site else "",
    }


def consent(row: Consent) -> dict[str, Any]:
    """One answer."""
    return {"kind": row.kind, "given": row.given, "at": row.at, "source": row.source}


def basics(row: Customer) -> dict[str, Any]:
    """The customer's own columns."""
    keys = (
        "id",
        "kind",
        "name",
        "language",
        "tier",
        "representative_id",
        "deputy_id",
        "service_flow",
        "organisation_id",
        "notes",
        "version",
    )
    times = ("created_at", "updated_at", "last_contact_at", "archived_at")
    return {key: getattr(row, key) for key in (*keys, *times)}


def listed(rows: Iterable[Customer], country: str) -> list[dict[str, Any]]:
    """Lines of the list: the customer with contact points and the first address."""
    return [
        basics(row)
        | {
            "contact_points": [contact_point(point, country) for point in row.contact_points],
            "address": next((place.address or place.name for place in row.sites), ""),
        }
        for row in rows
    ]


def card(found: Card, *, on: date, country: str) -> dict[str, Any]:
    """Everything about one customer."""
    organisation = found.organisation
    return basics(found.customer) | {
        "organisation": {"id": organisation.id, "name": organisation.name} if organisation else None,
        "representative": found.representative,
        "contact_points": [contact_point(row, country) for row in found.contact_points],
        "sites": [site(row) for row in found.sites],
        "equipment": [equipment(row, on) for row in found.equipment],
        "contracts": [contract(row, on) for row in found.contracts],
        "consent": {kind: consent(row) for kind, row in found.consent.items()},
    }


def card_of(customer_id: int, *, on: date, country: str) -> dict[str, Any]:
    """The card of a customer, for the console and other packages above. Raises NotFound."""
    return card(queries.card(customer_id, on=on), on=on, country=country)


def import_(row: CustomerImport) -> dict[str, Any]:
    """An import with its counts; `targets` one per header, `choices` what a column may stand for."""
    counts = imports.counts(row.id)
    return {
        "id": row.id,
        "state": row.state,
        "problem": row.problem,
        "file_name": row.file.name,
        "headers": row.columns["headers"],
        "targets": row.columns["targets"],
        "country": row.columns["country"],
        "language": row.columns["language"],
        "choices": [{"key": key, "name": str(name)} for key, (name, _words) in TARGETS.items()],
        "counts": {outcome: counts.get(outcome, 0) for outcome in imports.OUTCOMES},
        "total": sum(counts.values()),
        "importable": imports.importable(row.id) if row.state in ("checked", "failed") else 0,
        "created_at": row.created_at,
        "confirmed_at": row.confirmed_at,
        "undone_at": row.undone_at,
    }


def import_line(row: CustomerImportRow) -> dict[str, Any]:
    """One line with its verdict."""
    keys = ("number", "cells", "outcome", "decision", "problems", "like", "same_as", "customer_id")
    return {key: getattr(row, key) for key in keys}
