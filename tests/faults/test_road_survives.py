"""While calls, mails, forms and requests flow, everything is killed once: afterwards each has exactly one effect and the open board is right."""

from __future__ import annotations

import pytest

from tests.faults.boards import open_board
from tests.faults.road import GIVEN_UP, effects
from tests.faults.run import FREEZABLE, QUEUES_WATCHED, VICTIMS, flowing, wrong
from tests.installation import TUESDAY_MORNING, demonstration

ENOUGH = 10  # of each kind of input, at least
pytestmark = [pytest.mark.slow, pytest.mark.faults]


def test_every_accepted_input_has_one_effect_whatever_is_killed(capsys: pytest.CaptureFixture[str]) -> None:
    with demonstration(TUESDAY_MORNING) as installation, flowing(installation) as run:
        queues = [row.id for row in run.records.rows("SELECT id FROM queue ORDER BY position LIMIT :count", count=QUEUES_WATCHED)]
        with open_board(run.traffic.doors.web, ["board", "calls", *(f"queue:{number}" for number in queues)]) as board:
            for name in VICTIMS:
                run.kill(name)
            run.empty_redis()
            for duty in FREEZABLE:
                run.freeze(duty)
            assert run.enough(ENOUGH), run.traffic.book
            open_still = run.quiet()
            differences = board.settle()
            lines = [*run.table(), f"boards: {board.counts()}, different from a fresh fetch: {differences or 'none'}"]
            print("\n".join(lines))
            with capsys.disabled():
                print("\n".join(lines))
        book = run.traffic.book
        assert wrong(effects(run.records, book)) == {}
        assert open_still == {}
        assert run.records.rows(GIVEN_UP) == []
        assert differences == {}
        assert run.odd() == []
