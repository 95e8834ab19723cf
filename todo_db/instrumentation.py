"""Reports how long each statement took, its verb and its outcome; never its content.

`prometheus` and `otel` build on this; neither is imported unless it is asked for.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import event

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine, ExceptionContext

_VERBS: Final = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "COPY"})
_START: Final = "todo_db_start"


@dataclass(frozen=True, slots=True)
class Observation:
    """A statement that has ended.

    Attributes:
        verb: SELECT, INSERT, UPDATE, DELETE, MERGE, COPY or OTHER.
        seconds: from sending it to having its result; the transaction is opened within.
        error: what it failed with: SQLSTATE, or the name of the driver's error.
    """

    verb: str
    seconds: float
    error: str | None


def observe(engine: Engine, on_statement: Callable[[Observation], None]) -> None:
    """Call *on_statement* after each statement; it must be quick and not raise."""

    @event.listens_for(engine, "before_cursor_execute")
    def began(connection: Connection, *_: Any) -> None:
        connection.info[_START] = time.perf_counter()

    @event.listens_for(engine, "after_cursor_execute")
    def ended(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        on_statement(Observation(_verb(statement), _since(connection), None))

    @event.listens_for(engine, "handle_error")
    def failed(context: ExceptionContext) -> None:
        connection, statement = context.connection, context.statement
        if connection is not None and statement is not None:
            error = context.original_exception
            name = getattr(error, "sqlstate", None) or type(error).__name__
            on_statement(Observation(_verb(statement), _since(connection), name))


def _since(connection: Connection) -> float:
    start: float | None = connection.info.pop(_START, None)
    return 0.0 if start is None else time.perf_counter() - start


def _verb(statement: str) -> str:
    words = statement.split(None, 1)
    verb = words[0].upper() if words else ""
    return verb if verb in _VERBS else "OTHER"
