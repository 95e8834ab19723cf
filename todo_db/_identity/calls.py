"""Runs flows of `auth`: each call in a transaction, and with a token, of its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, cast

from sqlalchemy import func, select

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Connection, Engine
    from sqlalchemy.ext.asyncio import AsyncEngine

    from .._driver.pipelined_transaction import PipelinedTransaction, Preamble
    from ..auth import Call, Flow

T = TypeVar("T")
# Gives what stands at the beginning of the transaction of a call, at the server's time.
MakePreamble: TypeAlias = "Callable[[Call, float], Preamble]"


def run(engine: Engine, flow: Flow[T], preamble: MakePreamble) -> T:
    """Run *flow* to its end and return its result.

    Args:
        engine: where the calls go.
        flow: what is to be done.
        preamble: gives the beginnings.
    """
    step = _Step(flow)
    while (call := step.after(step.answer)) is not None:
        with engine.connect() as connection:
            step.answer = _perform(connection, call, preamble)
    return step.result


async def run_async(engine: AsyncEngine, flow: Flow[T], preamble: MakePreamble) -> T:
    """Run *flow* as `run` does; what it computes between calls runs in a thread.

    A password hash takes a tenth of a second, for which the loop would stand still.
    """
    step = _Step(flow)
    while (call := await asyncio.to_thread(step.after, step.answer)) is not None:
        async with engine.connect() as connection:
            step.answer = await connection.run_sync(_perform, call, preamble)
    return step.result


def _perform(connection: Connection, call: Call, preamble: MakePreamble) -> Any:
    driver = cast("PipelinedTransaction", connection.connection.driver_connection)
    driver.set_preamble(preamble(call, driver.clock.now()))
    function = getattr(func.app_auth, call.function)
    answer = connection.execute(select(function(*call.arguments))).scalar_one()
    connection.commit()
    return answer


class _Step(Generic[T]):
    """A flow, its last answer, and its result in the end.

    A generator ends by StopIteration, which cannot travel out of a thread.
    """

    def __init__(self, flow: Flow[T]) -> None:
        self._flow = flow
        self.answer: Any = None
        self._result: list[T] = []

    def after(self, answer: Any) -> Call | None:
        """Give the flow *answer* and return its next call, None at its end."""
        try:
            return self._flow.send(answer)
        except StopIteration as end:
            self._result.append(end.value)
            return None

    @property
    def result(self) -> T:
        """What the flow returned."""
        return self._result[0]
