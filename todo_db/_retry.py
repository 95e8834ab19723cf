"""When the same thing is tried again, how long to wait before, and when to give up."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import Final, Generic, TypeVar

from .errors import (
    AlreadyDone,
    CommitOutcomeUnknown,
    IdentityRefused,
    TodoError,
    TooSlow,
)

T = TypeVar("T")

_FIRST: Final = 0.02  # seconds; about a round trip to another city
_LONGEST: Final = 2.0  # seconds; a server that is down is asked often enough


def delays(
    budget: float,
    *,
    clock: Callable[[], float] = time.monotonic,
    spread: Callable[[float, float], float] = random.uniform,
) -> Iterator[float]:
    """Give the seconds to wait before each further attempt until *budget* is used up.

    The upper end doubles, and the wait is drawn from the whole range below it: clients
    that failed together do not come back together.

    Args:
        budget: seconds from the first wait on, all attempts and waits included.
        clock: gives seconds that only grow.
        spread: draws a number between two.
    """
    end, upper = clock() + budget, _FIRST
    while (left := end - clock()) > 0:
        yield min(spread(_FIRST / 2, upper), left)
        upper = min(upper * 2, _LONGEST)


class Attempts(Generic[T]):
    """Attempts at one transaction.

    Args:
        budget: seconds that all of them may take.
        is_command: whether the transaction carries a command id, so that a COMMIT of
            unknown outcome can be repeated: the id tells then what became of it.
    """

    def __init__(self, budget: float, *, is_command: bool) -> None:
        self._delays = delays(budget)
        self._is_command = is_command
        self._refused = False
        self._doubtful: list[T] = []
        self._results: list[T] = []

    def note(self, result: T) -> T:
        """Keep what the work returned, for the case that its COMMIT is doubtful."""
        self._results = [result]
        return result

    def after(self, error: TodoError) -> float:
        """Return the seconds to wait before the next attempt.

        Raises:
            TodoError: *error*, when another attempt would be wrong or too late.
        """
        if isinstance(error, CommitOutcomeUnknown) and self._is_command:
            self._doubtful = self._results
        elif self._doubtful and isinstance(error, TooSlow):
            pass  # the doubtful transaction still holds the key of the command
        elif isinstance(error, IdentityRefused) and not self._refused:
            self._refused = True  # a clock may have been set: the next token will tell
        elif not error.retryable:
            raise error
        delay = next(self._delays, None)
        if delay is None:
            raise error
        return delay

    def done_before(self, error: AlreadyDone) -> T:
        """Return the result of the attempt whose COMMIT turns out to have succeeded.

        Raises:
            AlreadyDone: it was none of these attempts.
        """
        if not self._doubtful:
            raise error
        return self._doubtful[0]
