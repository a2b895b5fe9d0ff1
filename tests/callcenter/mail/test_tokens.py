"""Answers find their ticket, and strangers do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.mail.tokens import (
    find_reply_token,
    find_subject_tokens,
    new_message_id,
    read_ticket,
    reply_address,
    sign_ticket,
    subject_token,
)


@given(st.integers(0, 2**40 - 1), st.text(min_size=1, max_size=30))
def test_a_signed_ticket_is_read_back_in_any_case(number: int, secret: str) -> None:
    token = sign_ticket(number, secret=secret)
    assert read_ticket(token, secret=secret) == read_ticket(token.upper(), secret=secret) == number


@given(st.integers(0, 23), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_changed_token_is_worth_nothing(position: int, letter: str) -> None:
    token = sign_ticket(42, secret="s")
    changed = token[:position] + letter + token[position + 1 :]
    assert read_ticket(changed, secret="s") == (42 if changed == token else None)


def test_a_token_of_another_secret_is_worth_nothing() -> None:
    assert read_ticket(sign_ticket(42, secret="one"), secret="two") is None


@pytest.mark.parametrize("number", [-1, 2**40])
def test_a_number_that_does_not_fit_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        sign_ticket(number, secret="s")


def test_the_token_is_found_in_whatever_address_it_was_sent_to() -> None:
    token = sign_ticket(42, secret="s")
    address = reply_address("support@callout.example", token)
    assert address == f"support+{token}@callout.example"
    assert find_reply_token(["ann+news@example.com", "bob@example.com", address.upper()]) == token
    assert find_reply_token(["support@callout.example", f"{token}@callout.example", ""]) is None


def test_a_mailbox_too_long_for_a_token_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot carry"):
        reply_address("a" * 40 + "@example.com", sign_ticket(1, secret="s"))


@pytest.mark.parametrize(
    ("subject", "numbers"),
    [
        ("Re: [#42] s", [42]),
        ("AW: [#42] [#7] [#42]", [42, 7]),
        ("回复：【#42】空调", [42]),
        ("［＃４２］", [42]),
        ("[ #42 ]", [42]),
        ("#42 [42] [#x]", []),
        ("", []),
    ],
)
def test_every_token_in_a_subject_is_found(subject: str, numbers: list[int]) -> None:
    assert find_subject_tokens(subject) == numbers


def test_the_subject_token_is_found_again() -> None:
    assert find_subject_tokens(f"Re: {subject_token(1234)} broken") == [1234]


def test_message_ids_are_on_our_domain_and_never_the_same() -> None:
    made = {new_message_id("callout.example", "t42") for _ in range(1_000)}
    assert len(made) == 1_000
    assert all(one.startswith("<t42.") and one.endswith("@callout.example>") for one in made)
