"""Customers, their places and things, what covers them, who finds them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from core import events
from core.errors import Conflict, DomainError, NotFound, NotValid
from core.search import SearchEntry
from customers import queries, rules, services
from customers.events import CustomerChanged, CustomerRemoving
from customers.models import ContactPoint, Customer, Equipment
from customers.rules import Contact

Make = Callable[..., Customer]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[CustomerChanged]:
    """Changes as a subscriber gets them."""
    found: list[CustomerChanged] = []
    monkeypatch.setitem(events._subscribers, CustomerChanged, [found.append])
    return found


def test_a_number_finds_all_who_share_it_the_one_in_contact_last_first(make_customer: Make, now: datetime) -> None:
    first = make_customer("First", phone="030/123456")
    second = make_customer("Second", phone="+49 30 123456")
    gone = make_customer("Gone", phone="0049 30 123456")
    services.archive_customer(customer_id=gone.id, now=now)
    assert [found.name for found in queries.by_phone("+4930123456")] == ["Second", "First"]
    services.contacted(customer_id=first.id, at=now)
    assert [found.name for found in queries.by_phone("+4930123456")] == ["First", "Second"]
    services.contacted(customer_id=second.id, at=now + timedelta(minutes=1))
    services.contacted(customer_id=first.id, at=now - timedelta(days=1))
    assert [found.name for found in queries.by_phone("+4930123456")] == ["Second", "First"]


def test_an_address_is_found_in_any_spelling(make_customer: Make) -> None:
    ana = make_customer(email="Ana.Alt@BÜCHER.example")
    assert [found.id for found in queries.by_email("ana.alt@xn--bcher-kva.example")] == [ana.id]
    assert queries.by_email("not an address") == []


def test_two_extensions_of_one_switchboard_are_two_contact_points(make_customer: Make, now: datetime) -> None:
    firm = make_customer("Firm", kind="organisation", phone="030 1234567 ext. 12")
    row = services.add_contact_point(customer_id=firm.id, kind="phone", value="030 1234567 ext. 34", now=now)
    assert (row.value, row.extension) == ("+49301234567", "34")
    assert len(queries.by_phone("+49301234567")) == 1
    with pytest.raises(NotValid) as refused:
        services.add_contact_point(customer_id=firm.id, kind="phone", value="(030) 1234567 x34", now=now)
    assert refused.value.field == "value"


def test_a_colleagues_change_is_not_overwritten(make_customer: Make, now: datetime) -> None:
    ana = make_customer()
    seen = ana.version
    services.update_customer(customer_id=ana.id, expected_version=seen, changes={"tier": "gold"}, now=now)
    with pytest.raises(Conflict) as refused:
        services.update_customer(customer_id=ana.id, expected_version=seen, changes={"tier": "silver"}, now=now)
    assert refused.value.details["current"]["tier"] == "gold"
    assert ana.tier == "gold"


def test_a_call_from_the_customer_does_not_disturb_somebody_editing(make_customer: Make, now: datetime) -> None:
    ana = make_customer()
    seen = ana.version
    services.contacted(customer_id=ana.id, at=now)
    services.update_customer(customer_id=ana.id, expected_version=seen, changes={"name": "Ana Neu"}, now=now)
    assert ana.version == seen + 1


def test_a_change_that_changes_nothing_is_silent(make_customer: Make, heard: list[CustomerChanged], now: datetime) -> None:
    ana = make_customer()
    services.update_customer(customer_id=ana.id, expected_version=ana.version, changes={"name": " Ana  Alt "}, now=now)
    assert heard == []


@pytest.mark.parametrize(
    "typed",
    [
        "ana alt",
        "Alt",
        "030 123456",
        "030/123456",
        "+49 30 123456",
        "3456",
        "ana@example.com",
        "Hauptstr",
        "10115",
        "SN-2041/88",
        "sn204188",
        "Vaillant",
    ],
)
def test_search_finds_a_customer_by_what_people_type(make_customer: Make, now: datetime, typed: str) -> None:
    ana = make_customer(
        phone="030 123456",
        email="ana@example.com",
        sites=[{"street": "Hauptstraße 5", "postal_code": "10115", "city": "Berlin"}],
        equipment=[{"kind": "boiler", "maker": "Vaillant", "serial": "SN-2041/88"}],
    )
    make_customer("Somebody Else", phone="030 999999")
    assert [found.id for found in queries.found(typed)] == [ana.id]


def test_search_finds_chinese_names_and_places(make_customer: Make) -> None:
    li = make_customer("李小龙", sites=[{"street": "南京东路100号", "city": "上海市", "country": "CN"}])
    make_customer("王小明", sites=[{"city": "北京市", "country": "CN"}])
    for typed in ("李小龙", "小龙", "南京东路", "上海"):
        assert [found.id for found in queries.found(typed)] == [li.id]


def test_an_archived_customer_is_found_only_among_the_archived(make_customer: Make, now: datetime) -> None:
    ana = make_customer()
    services.archive_customer(customer_id=ana.id, now=now)
    assert queries.found("Ana") == []
    assert [found.id for found in queries.found("Ana", archived=True)] == [ana.id]
    services.restore_customer(customer_id=ana.id, now=now)
    assert [found.id for found in queries.found("Ana")] == [ana.id]


def test_the_list_is_paged_by_name_without_loss(make_customer: Make) -> None:
    for name in ("delta", "Bravo", "alpha", "Charlie", "bravo"):
        make_customer(name)
    names: list[str] = []
    after = None
    while True:
        page, after = queries.customers_page(after=after, limit=2)
        names += [customer.name for customer in page]
        if after is None:
            break
    assert names == ["alpha", "Bravo", "bravo", "Charlie", "delta"]


def test_the_card_says_what_is_covered_today(make_customer: Make, now: datetime) -> None:
    ana = make_customer(
        sites=[{"city": "Berlin"}],
        equipment=[
            {"kind": "boiler", "installed_on": date(2020, 1, 1), "warranty_until": date(2026, 3, 10)},
            {"kind": "lift", "warranty_until": date(2026, 3, 9)},
        ],
    )
    boiler, lift = ana.equipment
    whole = services.add_contract(customer_id=ana.id, name="All in", starts_on=date(2026, 1, 1), now=now)
    own = services.add_contract(
        customer_id=ana.id, name="Lift", starts_on=date(2026, 3, 10), ends_on=date(2026, 3, 10), equipment_id=lift.id, now=now
    )
    services.record_consent(customer_id=ana.id, kind="recording", given=True, source="call", now=now)
    services.record_consent(customer_id=ana.id, kind="recording", given=False, source="agent", now=now + timedelta(seconds=1))
    card = queries.card(ana.id, on=date(2026, 3, 10))
    assert [(thing.equipment.id, thing.warranty) for thing in card.equipment] == [(boiler.id, "ending"), (lift.id, "over")]
    assert [thing.contract and thing.contract.id for thing in card.equipment] == [whole.id, own.id]
    assert [thing.contract and thing.contract.id for thing in queries.card(ana.id, on=date(2026, 3, 11)).equipment] == [whole.id, whole.id]
    assert not card.consent["recording"].given
    assert card.equipment[0].equipment.site_id == card.sites[0].id


@pytest.mark.parametrize(
    ("until", "on", "state"),
    [
        (None, date(2026, 3, 10), "unknown"),
        (date(2026, 3, 10), date(2026, 3, 10), "ending"),
        (date(2026, 3, 9), date(2026, 3, 10), "over"),
        (date(2027, 3, 9), date(2026, 3, 10), "covered"),
    ],
)
def test_the_last_day_of_a_warranty_is_covered(until: date | None, on: date, state: str) -> None:
    assert rules.warranty(until, on) == state


def test_a_thing_cannot_stand_at_somebody_elses_site(make_customer: Make, now: datetime) -> None:
    ana, bo = make_customer("Ana", sites=[{"city": "Berlin"}]), make_customer("Bo")
    with pytest.raises(NotValid) as refused:
        services.add_equipment(customer_id=bo.id, values={"kind": "boiler", "site_id": ana.sites[0].id}, now=now)
    assert refused.value.field == "site_id"


def test_a_site_where_something_stands_is_not_removed(make_customer: Make, now: datetime) -> None:
    ana = make_customer(sites=[{"city": "Berlin"}], equipment=[{"kind": "boiler"}])
    with pytest.raises(Conflict):
        services.remove_site(site_id=ana.sites[0].id, now=now)
    services.update_equipment(equipment_id=ana.equipment[0].id, changes={"site_id": None}, now=now)
    services.remove_site(site_id=ana.sites[0].id, now=now)
    assert queries.card(ana.id, on=now.date()).sites == []


def test_an_organisation_is_not_its_own_and_has_to_be_one(make_customer: Make, now: datetime) -> None:
    firm, ana = make_customer("Firm", kind="organisation"), make_customer("Ana")
    services.update_customer(customer_id=ana.id, expected_version=1, changes={"organisation_id": firm.id}, now=now)
    for customer_id, version, organisation_id in ((firm.id, 1, firm.id), (firm.id, 1, ana.id)):
        with pytest.raises(NotValid):
            services.update_customer(
                customer_id=customer_id, expected_version=version, changes={"organisation_id": organisation_id}, now=now
            )


def test_removing_takes_everything_and_may_be_refused(make_customer: Make, now: datetime, db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = make_customer(phone="030 123456", sites=[{"city": "Berlin"}], equipment=[{"kind": "boiler"}])
    services.add_contract(customer_id=ana.id, name="x", starts_on=date(2026, 1, 1), equipment_id=ana.equipment[0].id, now=now)
    number = ana.id

    def refuse(event: CustomerRemoving) -> None:
        raise Conflict(f"Ticket 7 belongs to customer {event.customer_id}.")

    with monkeypatch.context() as patch:
        patch.setitem(events._subscribers, CustomerRemoving, [refuse])
        with pytest.raises(DomainError, match="Ticket 7"):
            services.remove_customer(customer_id=number, now=now)
    assert queries.by_phone("+4930123456")
    services.remove_customer(customer_id=number, now=now)
    with pytest.raises(NotFound):
        queries.customer(number)
    left = [db.session.scalar(select(func.count()).select_from(table)) for table in (Customer, ContactPoint, Equipment, SearchEntry)]
    assert left == [0, 0, 0, 0]


def test_an_address_whose_mail_came_back_is_marked_and_a_correction_clears_it(make_customer: Make, now: datetime, db: Any) -> None:
    ana = make_customer(email="ana@example.com")
    services.mark_undeliverable(email="Ana@Example.com", at=now)
    db.session.refresh(ana.contact_points[0])
    assert ana.contact_points[0].undeliverable_at == now
    services.update_contact_point(contact_point_id=ana.contact_points[0].id, value="ana@example.org", now=now)
    assert ana.contact_points[0].undeliverable_at is None
    assert [found.id for found in queries.found("example.org")] == [ana.id]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": "  "}, "name"),
        ({"tier": "diamond"}, "tier"),
        ({"language": "xx"}, "language"),
        ({"contact_points": [Contact("phone", "12")]}, "phones.0"),
        ({"contact_points": [Contact("email", "nobody")]}, "emails.0"),
        ({"sites": [{"street": " "}]}, "sites.0.street"),
        ({"equipment": [{"kind": ""}]}, "equipment.0.kind"),
        ({"notes": "a\0b"}, "notes"),
    ],
)
def test_what_cannot_be_kept_is_refused_beside_its_field(branch: Any, now: datetime, more: dict[str, Any], field: str) -> None:
    with pytest.raises(NotValid) as refused:
        services.create_customer(**({"name": "Ana"} | more), now=now)
    assert refused.value.field == field
