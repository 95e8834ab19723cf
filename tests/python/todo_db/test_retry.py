"""Waits grow, differ, and end with the budget."""

from __future__ import annotations

from itertools import islice

import pytest

from todo_db._retry import Attempts, delays
from todo_db.errors import (
    AlreadyDone,
    CommitOutcomeUnknown,
    IdentityRefused,
    RuleViolated,
    TooSlow,
    TransactionConflict,
)


def test_the_upper_end_doubles_up_to_a_limit() -> None:
    found = delays(1000, clock=lambda: 0, spread=lambda low, high: high)
    assert list(islice(found, 9)) == [0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2, 2]


def test_the_budget_ends_them() -> None:
    times = iter([0.0, 0.0, 0.5, 0.99, 1.0])
    found = list(delays(1, clock=lambda: next(times), spread=lambda low, high: high))
    assert found == [0.02, 0.04, pytest.approx(0.01)]


def test_they_differ() -> None:
    assert len({next(delays(1)) for _ in range(20)}) > 1


def test_a_conflict_is_waited_for() -> None:
    assert Attempts[int](5, is_command=False).after(TransactionConflict("x")) > 0


@pytest.mark.parametrize("error", [RuleViolated("x"), TooSlow("x")])
def test_what_no_repetition_mends_is_raised(
    error: RuleViolated | TooSlow,
) -> None:
    with pytest.raises(type(error)):
        Attempts[int](5, is_command=True).after(error)


def test_a_doubtful_commit_is_repeated_with_a_command_only() -> None:
    with pytest.raises(CommitOutcomeUnknown):
        Attempts[int](5, is_command=False).after(CommitOutcomeUnknown("x"))
    attempts = Attempts[int](5, is_command=True)
    assert attempts.note(7) == 7
    assert attempts.after(CommitOutcomeUnknown("x")) > 0
    assert attempts.after(TooSlow("the key is locked by the doubtful one")) > 0
    attempts.note(8)
    assert attempts.done_before(AlreadyDone("x")) == 7


def test_a_refused_token_is_exchanged_once() -> None:
    """A clock may have been set; a key that is unknown stays unknown."""
    attempts = Attempts[int](5, is_command=False)
    assert attempts.after(IdentityRefused("x")) > 0
    with pytest.raises(IdentityRefused):
        attempts.after(IdentityRefused("x"))


def test_a_doubtful_commit_excuses_no_other_error() -> None:
    attempts = Attempts[int](5, is_command=True)
    attempts.note(7)
    attempts.after(CommitOutcomeUnknown("x"))
    with pytest.raises(RuleViolated):
        attempts.after(RuleViolated("x"))


def test_a_wait_is_half_of_the_shortest_at_least() -> None:
    low = delays(1000, clock=lambda: 0, spread=lambda low, high: low)
    assert list(islice(low, 3)) == [0.01, 0.01, 0.01]


def test_another_one_s_command_is_not_ours() -> None:
    attempts = Attempts[int](5, is_command=True)
    attempts.note(7)
    with pytest.raises(AlreadyDone):
        attempts.done_before(AlreadyDone("x"))


def test_no_budget_means_no_repetition() -> None:
    with pytest.raises(TransactionConflict):
        Attempts[int](0, is_command=False).after(TransactionConflict("x"))
