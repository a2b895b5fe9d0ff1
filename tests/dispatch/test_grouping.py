"""Which rows of a proposal are accepted together, and in which order."""

from __future__ import annotations

import random
from typing import Any

import pytest

from dispatch.plans.grouping import Change, Stand, by_person, groups, needed

HOUR = 3600
LI, MIA, ANN = 1, 2, 3
PART, VAN, STORE = 7, 100, 200


def change(id: int, leaves: tuple[int, int] | None, takes: tuple[int, int], **more: Any) -> Change:
    """Work of an hour; `leaves` and `takes` as (person, hour)."""
    stands = [[Stand(person_id=one[0], start=one[1] * HOUR, end=(one[1] + 1) * HOUR)] if one is not None else [] for one in (leaves, takes)]
    return Change(id=id, leaves=stands[0], takes=stands[1], at=None, **more)


def way(*_asked: Any) -> int:
    """A quarter of an hour, wherever."""
    return 900


def found(*changes: Change, most: int = 8, free: dict[tuple[int, int], int] | None = None) -> list[list[int]]:
    return groups(changes, way=way, free=free or {}, most=most)


def test_what_disturbs_nobody_stands_alone_and_a_swap_together() -> None:
    alone, one, other, new = (
        change(1, (LI, 9), (MIA, 14)),
        change(2, (LI, 11), (MIA, 11)),
        change(3, (MIA, 11), (LI, 11)),
        change(4, None, (ANN, 9)),
    )
    assert found(alone, one, other, new) == [[1], [2, 3], [4]]


@pytest.mark.parametrize(("takes", "together"), [(11, True), (12, False), (8, False), (9, True)])
def test_what_leaves_no_time_for_the_way_is_in_the_way(takes: int, together: bool) -> None:
    leaves = Stand(person_id=LI, start=10 * HOUR + 600, end=11 * HOUR + 600)
    goes = Change(id=1, leaves=[leaves], takes=[Stand(person_id=MIA, start=0, end=HOUR)], at=None)
    assert found(goes, change(2, None, (LI, takes))) == ([[1, 2]] if together else [[1], [2]])


def test_a_chain_is_one_group_and_a_long_one_is_cut_with_those_first_who_make_room() -> None:
    chain = [change(id, (id, 10), (id + 1, 10)) for id in range(1, 7)]  # each comes where the next one stands
    assert found(*chain) == [[1, 2, 3, 4, 5, 6]]
    assert found(*chain, most=2) == [[6, 5], [4, 3], [2, 1]]


def test_of_a_crew_everybody_has_to_be_free() -> None:
    stands = [Stand(person_id=one, start=10 * HOUR, end=11 * HOUR) for one in (LI, MIA)]
    crew = Change(id=1, leaves=[], takes=stands, at=None)
    makes_room = change(2, (MIA, 10), (ANN, 10))
    assert found(crew, makes_room) == [[1, 2]]
    assert by_person([crew, makes_room, change(3, None, (ANN, 14)), change(4, None, (9, 9))]) == [[1, 2, 3], [4]]


def test_a_circle_is_never_cut() -> None:
    circle = [change(id, (id, 10), (id % 5 + 1, 10)) for id in range(1, 6)]
    assert found(*circle, change(9, None, (1, 10)), most=2) == [[1, 2, 3, 4, 5], [9]]


def test_who_takes_a_part_that_only_another_gives_back_comes_with_them() -> None:
    gives = change(1, (LI, 9), (MIA, 9), frees={(PART, STORE): 1})
    takes = change(2, None, (ANN, 9), needs={PART: 1}, sources=[STORE])
    elsewhere = change(3, None, (ANN, 14), needs={PART: 1}, sources=[VAN])
    assert found(gives, takes, elsewhere) == [[1, 2], [3]]
    assert found(gives, takes, elsewhere, free={(PART, STORE): 1}) == [[1], [2], [3]]
    instead = change(4, None, (ANN, 16), needs={8: 1}, alternates={8: [PART]}, sources=[STORE])
    assert found(gives, instead) == [[1, 4]]
    assert found(gives, instead, free={(PART, STORE): 1}) == [[1], [4]]


def test_a_second_try_is_by_technician() -> None:
    rows = [change(1, (LI, 9), (MIA, 14)), change(2, (LI, 16), (ANN, 16)), change(3, None, (4, 9))]
    assert by_person(rows) == [[1, 2], [3]]
    assert by_person(rows, most=1) == [[1], [2], [3]]


@pytest.mark.parametrize("seed", range(5))
def test_every_row_is_in_one_group_and_after_those_it_needs(seed: int) -> None:
    dice = random.Random(seed)
    rows = [change(id, (dice.randrange(12), dice.randrange(8, 17)), (dice.randrange(12), dice.randrange(8, 17))) for id in range(60)]
    needs, parts = needed(rows, way=way, free={}), found(*rows, most=4)
    assert sorted(id for part in parts for id in part) == list(range(60))
    place = {id: at for at, part in enumerate(parts) for id in part}
    assert all(place[other] <= place[id] for id, others in needs.items() for other in others)
