"""Statements in transactions of their own that begin at the same instant."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg

Step = tuple[str, Sequence[Any]]
Prepare = Callable[[psycopg.Connection], None]


def at_once(url: str, prepare: Prepare, *steps: Step) -> list[Any]:
    """Run each step in a transaction of its own, all started at the same instant.

    Returns:
        The first column of each step's first row, or the SQLSTATE that it met.
    """
    return each_at_once(url, *[(prepare, step) for step in steps])


def each_at_once(url: str, *prepared: tuple[Prepare, Step]) -> list[Any]:
    """Do the same with a preparation of its own for each step."""
    barrier = threading.Barrier(len(prepared))

    def run(work: tuple[Prepare, Step]) -> Any:
        prepare, (text, values) = work
        with psycopg.connect(url, autocommit=True) as connection:
            try:
                with connection.transaction():
                    prepare(connection)
                    barrier.wait(10)
                    cursor = connection.execute(text.encode(), values)
                    row = cursor.fetchone() if cursor.description else None
                    return row[0] if row else None
            except psycopg.Error as error:
                return error.sqlstate

    with ThreadPoolExecutor(len(prepared)) as pool:
        return list(pool.map(run, prepared))
