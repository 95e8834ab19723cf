"""Requests of nobody yet: what the backend does to call one sign-up or log-in function.

Each call is one of `todo_db.auth`, so that what is tried here is what an app sends.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

import psycopg

from tests.python.security.people import SIGNER
from todo_db.auth import Call, Flow

# Real in form; no password is known to match.
HASH: Final = "$argon2id$v=19$m=65536,t=3,p=4$" + "A" * 22 + "$" + "A" * 43
OTHER_HASH: Final = "$argon2id$v=19$m=65536,t=3,p=4$" + "B" * 22 + "$" + "B" * 43


def new_hash() -> bytes:
    """Make what stands for a secret that nobody had before."""
    return uuid4().bytes + uuid4().bytes


def as_caller(call: Call) -> Callable[[psycopg.Connection], None]:
    """Give what sets role and token for *call* in the open transaction."""

    def prepare(connection: psycopg.Connection) -> None:
        connection.execute(
            "select set_config('role', 'todo_auth', true),"
            " set_config('app.token', %s, true)",
            (SIGNER.for_call(call.function, call.arguments[0]),),
        )

    return prepare


def statement(call: Call) -> tuple[str, tuple[str | bytes, ...]]:
    """Give the text of *call* and its parameters."""
    places = ", ".join(["%s"] * len(call.arguments))
    return f"select app_auth.{call.function}({places})", call.arguments


def first_call(flow: Flow[Any]) -> Call:
    """Give the one call that *flow* consists of."""
    call: Call = next(flow)
    return call


def ask(connection: psycopg.Connection, flow: Flow[Any]) -> Any:
    """Run the one call of *flow* in a transaction of its own; return its answer."""
    call = first_call(flow)
    text, values = statement(call)
    with connection.transaction():
        as_caller(call)(connection)
        row = connection.execute(text.encode(), values).fetchone()
    return row[0] if row else None


def seconds(connection: psycopg.Connection, flow: Flow[Any], tries: int) -> float:
    """Return how long the one statement of *flow* takes, as the caller sees it.

    Args:
        tries: how often it is done; the fastest counts, as whoever measures on a busy
            machine would have it.
    """
    call = first_call(flow)
    text, values = statement(call)
    taken = []
    for _ in range(tries):
        with connection.transaction(force_rollback=True):
            as_caller(call)(connection)
            start = time.perf_counter()
            connection.execute(text.encode(), values)
            taken.append(time.perf_counter() - start)
    return min(taken)
