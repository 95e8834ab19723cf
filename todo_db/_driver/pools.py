"""Connection pools that serve callers in the order in which they asked.

SQLAlchemy's queue gives a connection that comes back to whoever asks first, which is
often the caller who has just returned it: with more threads than connections some wait
for a minute while others never do. Here callers wait in a queue of their own.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy.pool import AsyncAdaptedQueuePool, QueuePool
from sqlalchemy.util.concurrency import await_

from ..errors import PoolExhausted

if TYPE_CHECKING:
    from sqlalchemy.pool import ConnectionPoolEntry

W = TypeVar("W")


class WaitQueue(Generic[W]):
    """A number of slots, and the callers that wait for one, first come first served.

    Args:
        slots: how many callers may hold one at a time.
        wake: is called with a waiting caller that is given a slot.
    """

    def __init__(self, slots: int, wake: Callable[[W], object]) -> None:
        self._free, self._wake = slots, wake
        self._waiting: deque[W] = deque()
        self._lock = Lock()

    def __len__(self) -> int:
        """Return how many callers wait."""
        return len(self._waiting)

    def acquire(self, who: W) -> bool:
        """Take a slot and return True, or put *who* into the queue and return False."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            self._waiting.append(who)
            return False

    def abandon(self, who: W) -> bool:
        """Take *who* out of the queue; return False if it has got a slot meanwhile."""
        with self._lock:
            try:
                self._waiting.remove(who)
            except ValueError:
                return False
            return True

    def release(self) -> None:
        """Give the slot to the first in the queue."""
        with self._lock:
            if self._waiting:
                self._wake(self._waiting.popleft())
            else:
                self._free += 1


class FairPool(QueuePool):
    """A pool for threads."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.queue: WaitQueue[Lock] = WaitQueue(
            self.size(), lambda waiter: waiter.release()
        )

    def _do_get(self) -> ConnectionPoolEntry:
        waiter = Lock()
        waiter.acquire()
        if not self.queue.acquire(waiter) and not waiter.acquire(
            timeout=self.timeout()
        ):
            if self.queue.abandon(waiter):
                raise _exhausted(self)
        try:
            return super()._do_get()
        except BaseException:
            self.queue.release()
            raise

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        super()._do_return_conn(record)
        self.queue.release()


class AsyncFairPool(AsyncAdaptedQueuePool):
    """A pool for tasks."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.queue: WaitQueue[asyncio.Event] = WaitQueue(self.size(), asyncio.Event.set)

    def _do_get(self) -> ConnectionPoolEntry:
        waiter = asyncio.Event()
        if not self.queue.acquire(waiter):
            await_(self._wait(waiter))
        try:
            return super()._do_get()
        except BaseException:
            self.queue.release()
            raise

    async def _wait(self, waiter: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(self.timeout()):
                await waiter.wait()
        except TimeoutError:
            if self.queue.abandon(waiter):
                raise _exhausted(self) from None
        except asyncio.CancelledError:
            if not self.queue.abandon(waiter):
                self.queue.release()
            raise

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        super()._do_return_conn(record)
        self.queue.release()


def _exhausted(pool: QueuePool) -> PoolExhausted:
    return PoolExhausted(
        f"all {pool.size()} connections were in use for {pool.timeout():g} s"
    )
