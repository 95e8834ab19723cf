"""Runs many statements, and believes a find only when fresh databases show it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from tests.python.campaigns.oracle.asking import WAYS, Find, asking
from tests.python.campaigns.oracle.statements import Grammar, Statement
from tests.python.campaigns.oracle.vocabulary import read
from tests.python.campaigns.oracle.worlds import Worlds

# What is rolled back stays in the tables as dead rows, in one database as in the other;
# after so many statements they are copied anew, so that reading does not become slow.
_ROUND: Final = 1000


def finds(
    worlds: Worlds,
    count: int,
    seed: int,
    advance: Callable[[], None] = lambda: None,
    ways: Sequence[str] = WAYS,
) -> Iterator[Find]:
    """Draw *count* statements and give each that tells Alice something.

    Args:
        worlds: the two databases.
        count: how many statements.
        seed: the first of the numbers that they are drawn from.
        advance: called after each statement, for a progress bar.
        ways: how each is tried.
    """
    done = 0
    while done < count:
        number = min(_ROUND, count - done)
        for statement in _suspects(worlds, number, seed + done, advance, ways):
            found = confirmed(worlds, statement, ways)
            if found:
                yield found
        done += number


def _suspects(
    worlds: Worlds,
    count: int,
    seed: int,
    advance: Callable[[], None],
    ways: Sequence[str],
) -> Iterator[Statement]:
    with worlds.fresh() as pair:
        grammar = Grammar(seed, read(pair))
        with asking(pair) as both:
            for _ in range(count):
                statement = grammar.draw()
                if both.compare(statement, ways):
                    yield statement
                advance()


def confirmed(
    worlds: Worlds, statement: Statement, ways: Sequence[str] = WAYS
) -> Find | None:
    """Ask once more, in databases that nothing was done in before."""
    with worlds.fresh() as pair, asking(pair) as both:
        return both.compare(statement, ways)
