"""The door: one object per process, made from the environment."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from . import calls
from .checks import Inspection
from .engine import make_async_engine, make_engine
from .errors import AlreadyDone, MisuseError, TodoError
from .health import Health, PoolState, ready, state_of
from .observing import Observation, observe
from .opening import Modes, Opener, check
from .replica import Positions, Replica, to_number, to_text
from .retry import Attempts
from .session import AsyncUserSession, UserSession
from .settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine
    from typing_extensions import Unpack

    from .auth import Flow

T = TypeVar("T")


class Database:
    """Gives sessions, each one transaction of one user.

    It connects when it is first used, and looks then whether the database is one that
    it may run on. The synchronous and the asynchronous side have a pool each.

    Args:
        settings: where the database is and how to speak with it.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._opener = Opener(settings)
        self._positions = Positions()
        self._inspection = Inspection(settings.schema_check)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Return the door that the environment describes.

        Raises:
            SettingsError: a variable is missing or wrong; the text names it.
        """
        return cls(Settings.from_env(environ))

    def session(self, user_id: UUID | str, **modes: Unpack[Modes]) -> UserSession:
        """Return a session of *user_id*; use it in a `with` block, which commits.

        Args:
            user_id: whose rows it sees and writes.
            modes: read_only, isolation, command_id; see `Modes`.

        Raises:
            MisuseError: *user_id* is no user.
        """
        replica = self._replica if modes.get("read_only") else None
        terms = self._terms(user_id, modes)
        return UserSession(self.engine, replica=replica, **terms)

    def async_session(
        self, user_id: UUID | str, **modes: Unpack[Modes]
    ) -> AsyncUserSession:
        """Return the same for asyncio; use it in an `async with` block."""
        replica = self._async_replica if modes.get("read_only") else None
        terms = self._terms(user_id, modes)
        return AsyncUserSession(self.async_engine, replica=replica, **terms)

    def run(
        self,
        user_id: UUID | str,
        work: Callable[[UserSession], T],
        **modes: Unpack[Modes],
    ) -> T:
        """Do *work* in a session, again and again within the budget if it must be.

        The whole transaction is repeated, so *work* must not change anything outside
        it. With a `command_id` even a lost COMMIT is: the id tells what became of it.

        Returns:
            What *work* returned in the attempt that was committed.

        Raises:
            TodoError: an error that no repetition mends, or the last one in time.
        """
        attempts: Attempts[T] = self._attempts(modes)
        while True:
            try:
                with self.session(user_id, **modes) as session:
                    result = attempts.note(work(session))
            except AlreadyDone as error:
                return attempts.done_before(error)
            except TodoError as error:
                time.sleep(attempts.after(error))
            else:
                return result

    async def async_run(
        self,
        user_id: UUID | str,
        work: Callable[[AsyncUserSession], Awaitable[T]],
        **modes: Unpack[Modes],
    ) -> T:
        """Do *work* as `run` does."""
        attempts: Attempts[T] = self._attempts(modes)
        while True:
            try:
                async with self.async_session(user_id, **modes) as session:
                    result = attempts.note(await work(session))
            except AlreadyDone as error:
                return attempts.done_before(error)
            except TodoError as error:
                await asyncio.sleep(attempts.after(error))
            else:
                return result

    def auth(self, flow: Flow[T]) -> T:
        """Run *flow* of `accounts` or `auth`, for a request that has no user yet."""
        return calls.run(self.engine, flow, self._opener.for_call)

    async def async_auth(self, flow: Flow[T]) -> T:
        """Run *flow* as `auth` does."""
        return await calls.run_async(self.async_engine, flow, self._opener.for_call)

    def live(self) -> Health:
        """Return that the process is alive; asks nobody."""
        return Health(True, (), 0.0, self._pools())

    def ready(self) -> Health:
        """Return whether the database can be used, and why not; see `health`."""
        return ready(self.settings, self._pools())

    async def async_ready(self) -> Health:
        """Return the same without stopping the loop."""
        return await asyncio.to_thread(self.ready)

    def position_of(self, user_id: UUID | str) -> str:
        """Return how far in the WAL the user's writes of this process go.

        A client that keeps it, and gives it to another process as `after`, sees its own
        writes there too.
        """
        return to_text(self._positions.of(_user(user_id)))

    def observe(self, tell: Callable[[Observation], None]) -> None:
        """Call *tell* after each statement of both sides; see `observing`."""
        observe(self.engine, tell)
        observe(self.async_engine.sync_engine, tell)

    def close(self) -> None:
        """Close the idle connections of the synchronous side."""
        self.engine.dispose()
        if self._replica is not None:
            self._replica.engine.dispose()

    async def aclose(self) -> None:
        """Close the idle connections of the asynchronous side."""
        await self.async_engine.dispose()
        if self._async_replica is not None:
            await AsyncEngine(self._async_replica.engine).dispose()

    @cached_property
    def engine(self) -> Engine:
        """The synchronous engine; what it runs outside a session has no rights."""
        return make_engine(self.settings, self._inspection)

    @cached_property
    def async_engine(self) -> AsyncEngine:
        """The asynchronous engine; it belongs to one event loop."""
        return make_async_engine(self.settings, self._inspection)

    @cached_property
    def _replica(self) -> Replica | None:
        settings = self.settings.of_replica()
        if settings is None:
            return None
        return Replica(make_engine(settings, Inspection(settings.schema_check)))

    @cached_property
    def _async_replica(self) -> Replica | None:
        settings = self.settings.of_replica()
        if settings is None:
            return None
        return Replica(
            make_async_engine(settings, Inspection(settings.schema_check)).sync_engine
        )

    def _pools(self) -> dict[str, PoolState]:
        made = vars(self)  # asking for an engine would make it
        engines = {"sync": made.get("engine"), "async": made.get("async_engine")}
        return {side: state_of(e.pool) for side, e in engines.items() if e is not None}

    def _terms(self, user_id: UUID | str, modes: Modes) -> dict[str, Any]:
        check(modes)
        user, after = _user(user_id), modes.get("after")
        told = partial(self._positions.note, user) if self.settings.replica else None
        return {
            "user_id": user,
            "opening": partial(self._opener.for_user, user, told=told),
            "modes": modes,
            "position": max(self._positions.of(user), to_number(after) if after else 0),
        }

    def _attempts(self, modes: Modes) -> Attempts[Any]:
        is_command = modes.get("command_id") is not None
        return Attempts(self.settings.retry_budget, is_command=is_command)


def _user(user_id: UUID | str) -> UUID:
    try:
        user = user_id if isinstance(user_id, UUID) else UUID(user_id)
    except (ValueError, AttributeError, TypeError):
        raise MisuseError("a session needs the id of a user") from None
    if not user.int:
        raise MisuseError("the nil id is nobody's")
    return user
