"""What counts as an answer, and when the response clocks run."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tickets.sla.answers import Contact, Party, ResponseRun, first_answer_at, is_answer, next_response_runs, on_site_started_at


def at(minute: int) -> datetime:
    return datetime(2024, 1, 15, 10, minute, tzinfo=UTC)


def asked(minute: int, **more: bool) -> Contact:
    return Contact(at(minute), Party.CUSTOMER, **more)


def answered(minute: int, **more: bool) -> Contact:
    return Contact(at(minute), Party.STAFF, **more)


def test_only_public_communication_by_a_person_of_staff_is_an_answer() -> None:
    assert is_answer(answered(1))
    assert not is_answer(answered(1, public=False)), "an internal note"
    assert not is_answer(answered(1, automatic=True)), "an auto-reply"
    assert not is_answer(answered(1, reached=False)), "a call nobody answered"
    assert not is_answer(asked(1))


def test_the_first_answer_is_the_earliest_that_counts() -> None:
    timeline = [asked(0), answered(30), answered(5, automatic=True), answered(8, public=False), answered(9, reached=False), answered(20)]
    assert first_answer_at(timeline) == at(20)
    assert first_answer_at([asked(0), answered(5, automatic=True)]) is None


def test_next_response_runs_from_the_oldest_unanswered_message_and_repeats_do_not_move_it() -> None:
    timeline = [asked(0), answered(5), asked(10), asked(20), answered(15, public=False), answered(30), asked(40)]
    assert next_response_runs(timeline) == [ResponseRun(at(10), at(30)), ResponseRun(at(40), None)]


def test_next_response_does_not_run_before_a_first_answer_was_given() -> None:
    assert next_response_runs([asked(0), asked(10)]) == []
    assert next_response_runs([asked(0), asked(10), answered(20)]) == []


def test_an_automatic_message_of_the_customer_asks_for_nothing() -> None:
    assert next_response_runs([answered(5), asked(6, automatic=True)]) == []


def test_a_call_of_the_customer_that_nobody_took_asks_for_an_answer() -> None:
    assert next_response_runs([answered(5), asked(6, reached=False)]) == [ResponseRun(at(6), None)]


def test_of_two_in_one_instant_the_answer_answers() -> None:
    assert next_response_runs([answered(5), answered(10), asked(10)]) == [ResponseRun(at(10), at(10))]


def test_on_site_starts_at_the_end_of_the_agreed_window_or_at_creation() -> None:
    assert on_site_started_at(at(0), None) == at(0)
    assert on_site_started_at(at(0), at(45)) == at(45)


contacts = st.builds(
    Contact, st.integers(0, 59).map(at), st.sampled_from(Party), public=st.booleans(), automatic=st.booleans(), reached=st.booleans()
)


@given(st.lists(contacts, max_size=15), st.randoms(use_true_random=False))
def test_runs_do_not_depend_on_the_order_and_never_overlap(timeline: list[Contact], dice: object) -> None:
    runs = next_response_runs(timeline)
    mixed = list(timeline)
    dice.shuffle(mixed)  # type: ignore[attr-defined]
    assert next_response_runs(mixed) == runs
    ends = [run.stopped_at for run in runs]
    assert None not in ends[:-1]
    assert all(end <= later.started_at for end, later in zip(ends, runs[1:], strict=False) if end is not None)
