"""The app's access to its database: one object per process, from the environment."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from ._driver.engine import make_async_engine, make_engine
from ._driver.preamble import PreambleBuilder
from ._identity import calls
from ._replica import Replica, WriteLsns, format_lsn, parse_lsn
from ._retry import Attempts
from ._startup import StartupCheck
from .errors import AlreadyDone, MisuseError, TodoError
from .health import Health, PoolState, ready, state_of
from .instrumentation import Observation, observe
from .session import AsyncUserSession, UserSession
from .settings import Settings
from .transaction import TransactionOptions, check_options

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
        self._preambles = PreambleBuilder(settings)
        self._write_lsns = WriteLsns()
        self._startup_check = StartupCheck(settings.schema_check)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Return the database that the environment describes.

        Raises:
            SettingsError: a variable is missing or wrong; the text names it.
        """
        return cls(Settings.from_env(environ))

    def session(
        self, user_id: UUID | str, **options: Unpack[TransactionOptions]
    ) -> UserSession:
        """Return a session of *user_id*; use it in a `with` block, which commits.

        Args:
            user_id: whose rows it sees and writes.
            options: read_only, isolation, command_id; see `TransactionOptions`.

        Raises:
            MisuseError: *user_id* is no user.
        """
        replica = self._replica if options.get("read_only") else None
        terms = self._terms(user_id, options)
        return UserSession(self.engine, replica=replica, **terms)

    def async_session(
        self, user_id: UUID | str, **options: Unpack[TransactionOptions]
    ) -> AsyncUserSession:
        """Return the same for asyncio; use it in an `async with` block."""
        replica = self._async_replica if options.get("read_only") else None
        terms = self._terms(user_id, options)
        return AsyncUserSession(self.async_engine, replica=replica, **terms)

    def run(
        self,
        user_id: UUID | str,
        work: Callable[[UserSession], T],
        **options: Unpack[TransactionOptions],
    ) -> T:
        """Do *work* in a session, again and again within the budget if it must be.

        The whole transaction is repeated, so *work* must not change anything outside
        it. With a `command_id` even a lost COMMIT is: the id tells what became of it.

        Returns:
            What *work* returned in the attempt that was committed.

        Raises:
            TodoError: an error that no repetition mends, or the last one in time.
        """
        attempts: Attempts[T] = self._attempts(options)
        while True:
            try:
                with self.session(user_id, **options) as session:
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
        **options: Unpack[TransactionOptions],
    ) -> T:
        """Do *work* as `run` does."""
        attempts: Attempts[T] = self._attempts(options)
        while True:
            try:
                async with self.async_session(user_id, **options) as session:
                    result = attempts.note(await work(session))
            except AlreadyDone as error:
                return attempts.done_before(error)
            except TodoError as error:
                await asyncio.sleep(attempts.after(error))
            else:
                return result

    def auth(self, flow: Flow[T]) -> T:
        """Run *flow* of `accounts` or `auth`, for a request that has no user yet."""
        return calls.run(self.engine, flow, self._preambles.for_call)

    async def async_auth(self, flow: Flow[T]) -> T:
        """Run *flow* as `auth` does."""
        return await calls.run_async(self.async_engine, flow, self._preambles.for_call)

    def live(self) -> Health:
        """Return that the process is alive; asks nobody."""
        return Health(True, (), 0.0, self._pools())

    def ready(self) -> Health:
        """Return whether the database can be used, and why not; see `health`."""
        return ready(self.settings, self._pools())

    async def async_ready(self) -> Health:
        """Return the same without stopping the loop."""
        return await asyncio.to_thread(self.ready)

    def last_write_lsn(self, user_id: UUID | str) -> str:
        """Return how far in the WAL the user's writes of this process go.

        A client that keeps it, and gives it to another process as `min_lsn`, sees its
        own writes there too.
        """
        return format_lsn(self._write_lsns.last_of(_user(user_id)))

    def observe(self, on_statement: Callable[[Observation], None]) -> None:
        """Call *on_statement* after each statement; see `instrumentation`."""
        observe(self.engine, on_statement)
        observe(self.async_engine.sync_engine, on_statement)

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
        return make_engine(self.settings, self._startup_check)

    @cached_property
    def async_engine(self) -> AsyncEngine:
        """The asynchronous engine; it belongs to one event loop."""
        return make_async_engine(self.settings, self._startup_check)

    @cached_property
    def _replica(self) -> Replica | None:
        settings = self.settings.of_replica()
        if settings is None:
            return None
        return Replica(make_engine(settings, StartupCheck(settings.schema_check)))

    @cached_property
    def _async_replica(self) -> Replica | None:
        settings = self.settings.of_replica()
        if settings is None:
            return None
        return Replica(
            make_async_engine(settings, StartupCheck(settings.schema_check)).sync_engine
        )

    def _pools(self) -> dict[str, PoolState]:
        made = vars(self)  # asking for an engine would make it
        engines = {"sync": made.get("engine"), "async": made.get("async_engine")}
        return {side: state_of(e.pool) for side, e in engines.items() if e is not None}

    def _terms(
        self, user_id: UUID | str, options: TransactionOptions
    ) -> dict[str, Any]:
        check_options(options)
        user, min_lsn = _user(user_id), options.get("min_lsn")
        own = self._write_lsns.last_of(user)
        note = partial(self._write_lsns.note, user) if self.settings.replica else None
        return {
            "user_id": user,
            "preamble": partial(self._preambles.for_user, user, on_commit=note),
            "options": options,
            "min_lsn": max(own, parse_lsn(min_lsn) if min_lsn else 0),
        }

    def _attempts(self, options: TransactionOptions) -> Attempts[Any]:
        is_command = options.get("command_id") is not None
        return Attempts(self.settings.retry_budget, is_command=is_command)


def _user(user_id: UUID | str) -> UUID:
    try:
        user = user_id if isinstance(user_id, UUID) else UUID(user_id)
    except (ValueError, AttributeError, TypeError):
        raise MisuseError("a session needs the id of a user") from None
    if not user.int:
        raise MisuseError("the nil id is nobody's")
    return user
