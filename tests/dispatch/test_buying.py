"""What to buy: every case worked out by hand, and the two laws that hold for any."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from dispatch.materials.buying import Coming, Level, Need, Purchase, Transfer, explode

PUMP, FILTER = 1, 2
STORE, SECOND, VAN, OTHER_VAN = 10, 11, 20, 21


def day(number: int) -> date:
    return date(2026, 3, number)


def test_what_visits_need_beyond_what_is_free_and_comes_in_time_is_bought() -> None:
    # 2 + 3 pumps for visits 7 (on the 12th) and 8 (on the 14th). Free: 1 in the store, 1 on a van; 1 comes on the 13th.
    # Visit 7 takes the two free ones; visit 8 the one that comes, and 2 are missing on the 14th.
    needs = [Need(PUMP, 3, 8, day(14)), Need(PUMP, 2, 7, day(12))]
    bought, carried = explode(
        needs=needs, free={(PUMP, STORE): 1, (PUMP, VAN): 1}, coming=[Coming(PUMP, STORE, 1, day(13))], levels=[], warehouses=[STORE]
    )
    assert bought == [Purchase(PUMP, STORE, 2, day(14), (8,), 0)]
    assert bought[0].order_by(3) == day(11)
    assert carried == []


def test_what_comes_too_late_is_not_bought_again() -> None:
    needs = [Need(PUMP, 1, 7, day(12))]
    assert explode(needs=needs, free={}, coming=[Coming(PUMP, STORE, 1, day(20))], levels=[], warehouses=[STORE]) == ([], [])
    assert explode(needs=needs, free={}, coming=[Coming(PUMP, STORE, 1, None)], levels=[], warehouses=[STORE]) == ([], [])


def test_a_place_at_its_level_is_filled_up_and_one_above_is_not() -> None:
    levels = [Level(PUMP, STORE, 2, 10, True), Level(FILTER, STORE, 2, 10, True)]
    # 2 pumps: at the level, 8 fill it up. 3 filters: above. No order date: nobody waits for them.
    bought, _carried = explode(needs=[], free={(PUMP, STORE): 2, (FILTER, STORE): 3}, coming=[], levels=levels, warehouses=[STORE])
    assert bought == [Purchase(PUMP, STORE, 8, None, (), 8)]
    assert bought[0].order_by(3) is None
    # What is on order for the store counts as there: 2 + 5 = 7 is above 2.
    assert explode(needs=[], free={(PUMP, STORE): 2}, coming=[Coming(PUMP, STORE, 5, None)], levels=levels[:1], warehouses=[STORE]) == (
        [],
        [],
    )


def test_a_van_is_filled_from_the_warehouse_with_most_and_the_rest_is_bought() -> None:
    # The van has 0 and wants 4; the second store has 3, the first 1: 3 are carried, 1 is bought for the first store.
    # The second store is then at 0 ≤ 1 and wants 6 itself.
    levels = [Level(PUMP, SECOND, 1, 6, True), Level(PUMP, VAN, 1, 4, False)]
    bought, carried = explode(needs=[], free={(PUMP, STORE): 1, (PUMP, SECOND): 3}, coming=[], levels=levels, warehouses=[STORE, SECOND])
    assert carried == [Transfer(PUMP, SECOND, VAN, 3)]
    assert bought == [Purchase(PUMP, STORE, 1, None, (), 1), Purchase(PUMP, SECOND, 6, None, (), 6)]


def test_visits_come_before_levels() -> None:
    # 5 in the store, the visit takes 4: 1 is left, at the level of 1, so 5 fill it up to 6.
    bought, _carried = explode(
        needs=[Need(PUMP, 4, 7, day(12))], free={(PUMP, STORE): 5}, coming=[], levels=[Level(PUMP, STORE, 1, 6, True)], warehouses=[STORE]
    )
    assert bought == [Purchase(PUMP, STORE, 5, None, (), 5)]


def test_without_a_warehouse_nothing_can_be_proposed() -> None:
    assert explode(needs=[Need(PUMP, 1, 7, day(12))], free={}, coming=[], levels=[Level(PUMP, VAN, 0, 2, False)], warehouses=[]) == ([], [])


def level(part: int, place: int, low: int, more: int) -> Level:
    return Level(part, place, low, low + more, place in (STORE, SECOND))


QUANTITY = st.integers(0, 9)
PARTS = st.sampled_from([PUMP, FILTER])
PLACES = st.sampled_from([STORE, SECOND, VAN, OTHER_VAN])


@given(
    needs=st.lists(st.builds(Need, PARTS, st.integers(1, 9), st.integers(1, 40), st.builds(day, st.integers(1, 28))), max_size=8),
    free=st.dictionaries(st.tuples(PARTS, PLACES), QUANTITY, max_size=8),
    coming=st.lists(st.builds(Coming, PARTS, PLACES, st.integers(1, 9), st.none() | st.builds(day, st.integers(1, 28))), max_size=5),
    levels=st.lists(
        st.builds(
            lambda part, place, low, more: Level(part, place, low, low + more, place in (STORE, SECOND)),
            PARTS,
            PLACES,
            QUANTITY,
            st.integers(1, 9),
        ),
        max_size=6,
        unique_by=lambda one: (one.part_id, one.place_id),
    ),
)
def test_buying_covers_every_need_and_every_level_and_no_more(
    needs: list[Need], free: dict[tuple[int, int], int], coming: list[Coming], levels: list[Level]
) -> None:
    bought, carried = explode(needs=needs, free=free, coming=coming, levels=levels, warehouses=[STORE, SECOND])
    for part in (PUMP, FILTER):
        wanted = sum(need.quantity for need in needs if need.part_id == part)
        there = sum(count for (one, _place), count in free.items() if one == part) + sum(
            one.quantity for one in coming if one.part_id == part
        )
        for_visits = sum(one.quantity - one.refill for one in bought if one.part_id == part)
        assert for_visits == max(0, wanted - there)
        if not any(one.part_id == part for one in levels):
            assert not any(one.refill for one in bought if one.part_id == part)
    taken: dict[tuple[int, int], int] = defaultdict(int)
    for one in carried:
        taken[one.part_id, one.from_place_id] += one.quantity
        assert one.quantity > 0
        assert one.to_place_id in (VAN, OTHER_VAN)
    stock = defaultdict(int, free)
    for order in coming:
        stock[order.part_id, order.place_id] += order.quantity
    assert all(count <= stock[key] for key, count in taken.items())
    assert all(one.quantity > 0 and one.quantity >= one.refill for one in bought)
    assert len({(one.part_id, one.place_id) for one in bought}) == len(bought)
