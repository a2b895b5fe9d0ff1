"""`flask sla compute`: cases in, answers out, a clear word when a case is none. No database, no configuration."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tickets.cli import sla_cli
from tickets.sla.compute import compute
from tickets.sla.errors import CaseError

DUE = {
    "name": "two hours",
    "kind": "due",
    "timezone": "Europe/Berlin",
    "hours": {"mon": [["08:00", "18:00"]]},
    "start_utc": "2024-01-15T09:00:00+00:00",
    "work_seconds": 7200,
}
ELAPSED = {**DUE, "name": "until noon", "kind": "elapsed", "end_utc": "2024-01-15T12:00:00Z"}


def test_answers_each_case_in_order_and_leaves_other_keys_alone() -> None:
    assert compute([ELAPSED, {**DUE, "from": "somebody", "expect_due_utc": "never"}]) == [
        {"work_seconds": 10_800},
        {"due_utc": "2024-01-15T11:00:00+00:00"},
    ]
    assert compute([]) == []


def test_exceptions_pauses_and_offsets_are_understood() -> None:
    case = {
        **DUE,
        "start_utc": "2024-01-15T10:00:00+01:00",
        "exceptions": {"2024-01-15": [["10:00", "11:30"]], "2024-01-16": [["20:00", "02:00"]]},
        "paused_utc": [["2024-01-15T09:30:00+00:00", "2024-01-15T10:00:00+00:00"]],
    }
    # Monday 09:00–10:30Z minus half an hour: 1 h; Tuesday from 20:00 local = 19:00Z: + 1 h.
    assert compute([case]) == [{"due_utc": "2024-01-16T20:00:00+00:00"}]


def test_what_is_never_due_has_no_due_time() -> None:
    assert compute([{**DUE, "hours": {}}]) == [{"due_utc": None}]
    assert compute([{**DUE, "paused_utc": [["2024-01-15T09:30:00Z", None]]}]) == [{"due_utc": None}]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"timezone": "Mars/Olympus"}, "Unknown time zone 'Mars/Olympus'."),
        ({"hours": {"mon": [["08:00", "25:00"]]}}, "mon: '25:00' is not a time from 00:00 to 24:00 (HH:MM)."),
        ({"kind": "late"}, "kind is 'due' or 'elapsed', found 'late'."),
        ({"start_utc": "yesterday"}, "start_utc is an ISO 8601 date and time, found 'yesterday'."),
        ({"start_utc": None}, "start_utc is an ISO 8601 date and time, found None."),
        ({"work_seconds": "7200"}, "work_seconds is a whole number of seconds, 0 or more, found '7200'."),
        ({"work_seconds": True}, "work_seconds is a whole number of seconds, 0 or more, found True."),
        ({"work_seconds": -1}, "work_seconds is a whole number of seconds, 0 or more, found -1."),
        ({"work_seconds": 10**15}, "The budget is not used up within 200 years."),
        ({"paused_utc": "none"}, "paused_utc is a list of [from, until] pairs, found 'none'."),
        ({"paused_utc": [["2024-01-15T09:30:00Z"]]}, "paused_utc is a list of [from, until] pairs, found ['2024-01-15T09:30:00Z']."),
        ({"paused_utc": [["x", None]]}, "paused_utc is an ISO 8601 date and time, found 'x'."),
        ({"holidays": ["Christmas"]}, "'Christmas' is not a date (YYYY-MM-DD)."),
    ],
)
def test_a_bad_case_is_named_by_its_place_and_name(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(CaseError) as refused:
        compute([ELAPSED, {**DUE, **change}])
    assert str(refused.value) == f"Case 1 ('two hours'): {reason}"


def test_what_is_no_case_at_all_is_refused() -> None:
    with pytest.raises(CaseError, match=r"Case 0 \(''\): expected an object, found 7"):
        compute([7])
    with pytest.raises(CaseError, match="Expected a list of cases, found dict"):
        compute({"cases": []})


def test_the_command_reads_standard_input() -> None:
    ran = CliRunner().invoke(sla_cli, ["compute"], input=json.dumps([DUE, ELAPSED]))
    assert ran.exit_code == 0
    assert json.loads(ran.stdout) == [{"due_utc": "2024-01-15T11:00:00+00:00"}, {"work_seconds": 10_800}]


def test_the_command_reads_a_file(tmp_path: Path) -> None:
    file = tmp_path / "cases.json"
    file.write_text(json.dumps([DUE]), encoding="utf-8")
    ran = CliRunner().invoke(sla_cli, ["compute", str(file)])
    assert json.loads(ran.stdout) == [{"due_utc": "2024-01-15T11:00:00+00:00"}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"not json", "Error: The input is not JSON: Expecting value: line 1 column 1 (char 0)"),
        (b"\xff\xfe\xff", "Error: The input is not JSON"),
        (b"{}", "Error: Expected a list of cases, found dict."),
        (json.dumps([{**DUE, "timezone": "Nowhere"}]).encode(), "Error: Case 0 ('two hours'): Unknown time zone 'Nowhere'."),
    ],
)
def test_the_command_says_what_is_wrong_and_answers_nothing(text: bytes, message: str) -> None:
    ran = CliRunner().invoke(sla_cli, ["compute"], input=text)
    assert ran.exit_code == 1
    assert ran.stdout == ""
    assert ran.stderr.startswith(message)
