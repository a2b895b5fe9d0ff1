"""Customers read in from a table: verdicts, corrections, confirm, undo; nothing is lost."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select

from core import events, files
from core.auth.models import User
from core.errors import Conflict, NotValid
from core.outbox import OutboxRow
from customers import queries as customers
from customers import services as customer_services
from customers.events import CustomerRemoving
from customers.importing import queries, services, work
from customers.importing.columns import guess
from customers.importing.tables import decoded, read_table, separator
from customers.models import Customer, CustomerImport, CustomerImportRow

HEADERS = "Customer name;Telephone;E-Mail;Street;PLZ;City;Device;Serial number;Warranty until;Meter"
LINES = [
    "Ana Alt;030/1234567;ana@example.com;Hauptstr. 5;10115;Berlin;Boiler;SN-1;31.12.2027;blue",
    "Bo Bau;0171 1234567 / 030 7654321;;Nebenstr. 1;10117;Berlin;;;;",
    ";030 1111111;;;;;;;;",
    "Cy Chen;12;not-an-address;;;;Lift;SN-3;31.02.2027;",
    "Ana Alt;030 1234567;;Hauptstr. 5;10115;Berlin;Lift;SN-2;;",
    "Known One;030 9999999;;;;;;;;",
]


@pytest.fixture
def actor(make_user: Callable[..., User]) -> User:
    """A supervisor who imports."""
    return make_user("supervisor")


@pytest.fixture
def known(make_customer: Callable[..., Customer], db: Any) -> Customer:
    """A customer who is there already, with the number of the last line."""
    found = make_customer("Known Already", phone="030 9999999")
    db.session.commit()
    return found


Start = Callable[..., CustomerImport]


@pytest.fixture
def start(db: Any, branch: Any, actor: User, now: datetime) -> Start:
    """`start(content)` uploads and has all lines checked."""

    def make(content: bytes | None = None, name: str = "list.csv", *, check: bool = True) -> CustomerImport:
        row = services.start(
            content=content or "\n".join([HEADERS, *LINES]).encode(), name=name, country="DE", language="en", now=now, actor_id=actor.id
        )
        number = row.id
        if check:
            services.choose_columns(
                import_id=number, targets=row.columns["targets"], country="DE", language="en", now=now, actor_id=actor.id
            )
            db.session.commit()
            work.run(0, {"import_id": number})
        return db.session.get_one(CustomerImport, number)

    return make


def confirm(import_id: int, db: Any, now: datetime) -> None:
    services.confirm(import_id=import_id, now=now, actor_id=None)
    db.session.commit()
    work.run(0, {"import_id": import_id})


def undo(import_id: int, db: Any, now: datetime) -> None:
    services.undo(import_id=import_id, now=now, actor_id=None)
    db.session.commit()
    work.run(0, {"import_id": import_id})


def verdicts(import_id: int) -> dict[int, str]:
    return {row.number: row.outcome for row in queries.lines(import_id, outcome=None, after=None, limit=200)[0]}


def test_every_line_gets_a_verdict_with_all_its_problems(start: Start, known: Customer) -> None:
    row = start()
    assert row.state == "checked"
    assert verdicts(row.id) == {1: "ok", 2: "ok", 3: "problem", 4: "problem", 5: "joins", 6: "duplicate"}
    nameless, broken, joining, double = (queries.line(row.id, number) for number in (3, 4, 5, 6))
    assert set(nameless.problems) == {"name"}
    assert set(broken.problems) == {"phone", "email", "warranty_until"}
    assert joining.same_as == 1
    assert double.like == [{"id": known.id, "name": "Known Already", "why": "phone"}]


def test_the_good_lines_are_read_in_with_everything_they_say(start: Start, known: Customer, db: Any, now: datetime) -> None:
    row = start()
    confirm(row.id, db, now)
    assert queries.one(row.id).state == "confirmed"
    assert verdicts(row.id) == {1: "done", 2: "done", 3: "problem", 4: "problem", 5: "done", 6: "duplicate"}
    (ana,) = customers.by_phone("+49301234567")
    card = customers.card(ana.id, on=date(2026, 3, 10))
    assert [(thing.equipment.kind, thing.equipment.serial, thing.warranty) for thing in card.equipment] == [
        ("Boiler", "SN-1", "covered"),
        ("Lift", "SN-2", "unknown"),
    ]
    assert len(card.sites) == 1
    assert {thing.equipment.site_id for thing in card.equipment} == {card.sites[0].id}
    assert "Meter: blue" in card.customer.notes
    assert [bo.name for bo in customers.by_phone("+49307654321")] == ["Bo Bau"]
    assert db.session.scalar(select(func.count()).select_from(Customer)) == 3


def test_a_corrected_line_and_a_duplicate_wanted_anyway_are_read_in_too(start: Start, known: Customer, db: Any, now: datetime) -> None:
    row = start()
    cells = list(queries.line(row.id, 3).cells)
    line = services.correct_row(import_id=row.id, number=3, cells=["Dee Dorn", *cells[1:]], now=now, actor_id=None)
    assert line.outcome == "ok"
    services.decide(import_id=row.id, decision="add", number=6, now=now, actor_id=None)
    confirm(row.id, db, now)
    assert len(customers.by_phone("+49309999999")) == 2
    assert [found.name for found in customers.by_phone("+49301111111")] == ["Dee Dorn"]


def test_undo_takes_out_what_came_in_and_names_what_must_stay(
    start: Start, known: Customer, db: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = start()
    confirm(row.id, db, now)
    (bo,) = customers.by_phone("+49307654321")
    bo_id = bo.id

    def refuse(event: CustomerRemoving) -> None:
        if event.customer_id == bo_id:
            raise Conflict("Ticket 1001 belongs to them.")

    monkeypatch.setitem(events._subscribers, CustomerRemoving, [refuse])
    undo(row.id, db, now)
    assert queries.one(row.id).state == "undone"
    assert verdicts(row.id)[1] == verdicts(row.id)[5] == "undone"
    kept = queries.line(row.id, 2)
    assert (kept.outcome, kept.problems) == ("kept", {"": "Ticket 1001 belongs to them."})
    assert sorted(db.session.scalars(select(Customer.name))) == ["Bo Bau", "Known Already"]


def test_undo_leaves_alone_whom_a_colleague_changed_since(start: Start, db: Any, now: datetime) -> None:
    row = start()
    confirm(row.id, db, now)
    (bo,) = customers.by_phone("+49307654321")
    customer_services.add_contact_point(
        customer_id=bo.id, kind="email", value="bo@example.com", now=datetime.now(UTC) + timedelta(minutes=1)
    )
    db.session.commit()
    undo(row.id, db, now)
    assert queries.line(row.id, 2).outcome == "kept"
    assert len(customers.by_email("bo@example.com")) == 1


@pytest.mark.slow
def test_an_import_that_stopped_half_way_goes_on_where_it_was(
    start: Start, db: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"Person {number};030 {1000000 + number};;;;;;;;" for number in range(250)]
    row = start("\n".join([HEADERS, *lines, "Person 3;030 1000003;;;;;Lift;SN-9;;"]).encode())
    services.confirm(import_id=row.id, now=now, actor_id=None)
    db.session.commit()
    number, steps, original = row.id, 0, work._add

    def breaks(*args: Any) -> None:
        nonlocal steps
        steps += 1
        original(*args)
        if steps == 2:
            raise RuntimeError("the machine went down")

    monkeypatch.setattr(work, "_add", breaks)
    with pytest.raises(RuntimeError):
        work.run(0, {"import_id": number})
    assert queries.counts(number)["done"] == 200
    work.run(0, {"import_id": number})
    assert queries.counts(number) == {"done": 251}
    assert db.session.scalar(select(func.count()).select_from(Customer)) == 250
    assert [thing.serial for thing in customers.by_phone("+49301000003")[0].equipment] == ["SN-9"]


def test_the_uploaded_file_is_kept_byte_for_byte(start: Start, db: Any) -> None:
    row = start(check=False)
    assert files.read(row.file) == "\n".join([HEADERS, *LINES]).encode()
    assert [line.cells[0] for line in queries.lines(row.id, outcome=None, after=None, limit=9)[0]][:2] == ["Ana Alt", "Bo Bau"]


def test_each_step_is_asked_of_the_outbox_and_refused_out_of_turn(start: Start, db: Any, now: datetime) -> None:
    row = start(check=False)
    with pytest.raises(Conflict):
        services.confirm(import_id=row.id, now=now, actor_id=None)
    services.choose_columns(import_id=row.id, targets=row.columns["targets"], country="DE", language="en", now=now, actor_id=None)
    (job,) = db.session.scalars(select(OutboxRow).where(OutboxRow.kind == "customers.import"))
    assert (job.queue, job.payload) == ("heavy", {"import_id": row.id})
    with pytest.raises(Conflict):
        services.choose_columns(import_id=row.id, targets=row.columns["targets"], country="DE", language="en", now=now, actor_id=None)


def test_two_columns_cannot_both_be_the_name(start: Start, now: datetime) -> None:
    row = start(check=False)
    targets = ["name", "name", *row.columns["targets"][2:]]
    with pytest.raises(NotValid):
        services.choose_columns(import_id=row.id, targets=targets, country="DE", language="en", now=now, actor_id=None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_chinese_list_is_read_in_any_usual_encoding_and_separator(
    start: Start, db: Any, now: datetime, encoding: str, delimiter: str
) -> None:
    rows = [
        ["客户姓名", "手机号码", "详细地址", "城市", "国家", "设备名称", "保修到期"],
        ["王小明", "13812345678", "南京东路100号", "上海", "中国", "空调", "2027年3月1日"],
        ["李小龙", "139 1234 5678", "人民路8号", "北京", "中国", "冰箱", "2027/3/2"],
    ]
    row = start("\r\n".join(delimiter.join(cells) for cells in rows).encode(encoding))
    assert row.columns["targets"] == ["name", "phone", "street", "city", "country", "equipment", "warranty_until"]
    confirm(row.id, db, now)
    (wang,) = customers.by_phone("+8613812345678")
    card = customers.card(wang.id, on=date(2026, 3, 10))
    assert (wang.name, card.sites[0].address, card.equipment[0].equipment.warranty_until) == (
        "王小明",
        "南京东路100号, 上海",
        date(2027, 3, 1),
    )


def test_an_excel_sheet_is_read_with_its_dates_and_numbers(start: Start, db: Any, now: datetime) -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["Name", "Phone", "Equipment", "Serial", "Installed on", "Unnamed after this", None])
    sheet.append(["Ana", 301234567, "Boiler", 12345.0, datetime(2024, 2, 29), None, None])
    held = io.BytesIO()
    book.save(held)
    row = start(held.getvalue(), "list.xlsx")
    assert queries.line(row.id, 1).cells[:5] == ["Ana", "301234567", "Boiler", "12345", "2024-02-29"]
    assert verdicts(row.id) == {1: "ok"}


@pytest.mark.parametrize(
    "content", [b"", b"  \n ", b"Name,Phone\n", b"PK\x03\x04 not a zip", b"\xd0\xcf\x11\xe0 old excel", b"Name\n" + b"x" * 6000]
)
def test_a_file_that_cannot_be_a_table_is_refused_with_a_reason(content: bytes) -> None:
    with pytest.raises(NotValid) as refused:
        read_table(content, "x")
    assert refused.value.field == "file"


def test_quotes_and_line_breaks_in_cells_are_kept() -> None:
    table = read_table(b'Name;Notes\n"Alt; Ana";"first\nsecond ""quoted"""\n', "x.csv")
    assert table.rows == [["Alt; Ana", 'first\nsecond "quoted"']]


def test_short_lines_are_filled_and_columns_without_a_header_get_a_letter() -> None:
    table = read_table(b"Name,,Phone\nAna\nBo,x,1,extra\n", "x.csv")
    assert table.headers == ["Name", "B", "Phone", "D"]
    assert table.rows == [["Ana", "", "", ""], ["Bo", "x", "1", "extra"]]


def test_the_separator_is_the_one_that_cuts_all_lines_alike() -> None:
    assert separator("Name;Address\nAna;Hauptstr. 5, Berlin\nBo;Weg 1, Hof 2, Ulm\n") == ";"
    assert separator("one column only\nof text\n") == ","
    assert separator("name;\x00PNG\r\x1a\r\nAna;x\rBo;y") == ";"  # a line may end in any way, also in what is no list at all


def test_western_text_without_utf8_keeps_its_umlauts() -> None:
    assert decoded("Name;Straße\nMüller;Königsallee 5, Düsseldorf\n".encode("cp1252")) == "Name;Straße\nMüller;Königsallee 5, Düsseldorf\n"


def test_headers_are_understood_and_unknown_ones_go_into_the_notes() -> None:
    headers = [
        "Customer Name*",
        "Phone 1",
        "Phone 2",
        "E-Mail-Adresse",
        "Zip Code",
        "Favourite colour",
        "Vorname",
        "Mobile phone",
        "Street",
    ]
    assert guess(headers) == ["name", "phone", "phone", "email", "postal_code", "notes", "first_name", "phone", "street"]


@pytest.mark.slow
def test_three_thousand_lines_are_checked_and_read_in(start: Start, db: Any, now: datetime) -> None:
    lines = [f"Person {n};030 {1000000 + n};p{n}@example.com;Weg {n};10115;Berlin;Boiler;SN-{n};2027-01-01;" for n in range(3_000)]
    row = start("\n".join([HEADERS, *lines]).encode())
    assert queries.counts(row.id) == {"ok": 3_000}
    confirm(row.id, db, now)
    assert queries.counts(row.id) == {"done": 3_000}
    assert [found.name for found in customers.found("030 1002345")] == ["Person 2345"]
    assert db.session.scalar(select(func.count()).select_from(CustomerImportRow)) == 3_000
