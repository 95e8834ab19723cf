"""Sessions of one user: SQLModel's own, with an identity, one transaction and an end.

The asynchronous session drives the synchronous one, as SQLAlchemy does it, so that all
rules stand here once.
"""

from __future__ import annotations

from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast
from uuid import UUID

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, SessionTransaction
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.util import greenlet_spawn
from sqlmodel import Session
from sqlmodel.ext.asyncio.session import AsyncSession

from . import nesting, owner, stale
from .errors import MisuseError, StaleVersion, TodoError, Unavailable
from .ids import new_id
from .opening import Modes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.engine import Connection, Engine

    from .replica import Replica
    from .wire import Door, Opening


class UserSession(Session):
    """One transaction of one user, as a context manager that commits at its end.

    Everything else is SQLModel's session. After the commit or rollback it is finished:
    its objects stay readable, but further work raises `MisuseError`.

    Args:
        bind: the engine.
        user_id: whose transaction it is.
        opening: gives what stands at its beginning, for a time and `Modes`.
        modes: how the transaction is to be.
        replica: is read instead of *bind*, if it has *position*.
        position: how far in the WAL a server must be.
    """

    user_id: UUID

    def __init__(
        self,
        bind: Engine | None = None,
        *,
        user_id: UUID,
        opening: Callable[..., Opening],
        modes: Modes | None = None,
        replica: Replica | None = None,
        position: int = 0,
        **options: Any,
    ) -> None:
        super().__init__(bind, expire_on_commit=False, **options)
        self.user_id, self._opening, self._modes = user_id, opening, modes or Modes()
        self._place: nesting.Place | None = None
        self._finished = False
        self._held: list[stale.Held] = []
        self._replica, self._position = replica, position
        self._server: Engine | Connection | None = None

    def __enter__(self) -> Self:
        self.enter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self.finish()
        except BaseException as failure:
            error = failure
            raise
        finally:
            self.leave(error)
            self.close()
            self.explain(error)

    def enter(self) -> None:
        """Begin to be the session of this thread or task."""
        if self._finished or self._place is not None:
            raise MisuseError("a session serves one `with` block")
        self._place = nesting.enter(self.user_id)

    def finish(self) -> None:
        """Commit, unless the program has done so.

        Raises:
            MisuseError: rows were added or changed since, and would be lost.
        """
        if not self._finished:
            self.commit()
        elif self.new or self.deleted or any(map(self.is_modified, self.dirty)):
            raise MisuseError("rows were changed after this session's transaction")

    def leave(self, error: BaseException | None = None) -> None:
        """Be finished; the objects stay readable."""
        self._finished = True
        if self._replica is not None and isinstance(error, Unavailable):
            self._replica.rest()
        if self._place is not None:
            nesting.leave(self._place)

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Send what is pending.

        Raises:
            StaleVersion: a row that it changes has changed or gone since it was read.
        """
        held = stale.hold(self)
        try:
            super().flush(objects)
        except StaleDataError as error:
            self._held = held
            raise StaleVersion("the row has changed since it was read") from error

    def explain(self, error: BaseException | None) -> None:
        """Let *error* tell what has changed, if a stale row is what it is about.

        Only now: the transaction is over and its connection free for the question.
        """
        if isinstance(error, StaleVersion) and self._held:
            modes = Modes(read_only=True)
            terms: dict[str, Any] = {"user_id": self.user_id, "opening": self._opening}
            with (
                suppress(TodoError),  # an answer would be nice; the error stands
                UserSession(cast("Engine", self.bind), modes=modes, **terms) as session,
            ):
                error.rows = stale.compare(self._held, session)

    def open_at(self, now: float) -> Opening:
        """Return what stands at the beginning, if the server's time is *now*."""
        return self._opening(now, **self._modes)

    def begin_nested(self) -> SessionTransaction:
        """Begin a savepoint, for which the transaction must last."""
        cast("Door", self.connection().connection.driver_connection).last()
        return super().begin_nested()

    def get_bind(self, *args: Any, **options: Any) -> Engine | Connection:
        """Return the engine; SQLAlchemy asks before each piece of work."""
        if self._finished:
            raise MisuseError(
                "this session's transaction is over; open another for further work"
            )
        if self._place is None:
            raise MisuseError("a session is used in a `with` block")
        if self._server is None:
            replica = self._replica
            if replica is not None and replica.has(self._position):
                self._server = replica.engine
            else:
                self._server = super().get_bind(*args, **options)
        return self._server


class AsyncUserSession(AsyncSession):
    """`UserSession` for asyncio."""

    sync_session_class = UserSession
    sync_session: UserSession

    @property
    def user_id(self) -> UUID:
        """Whose transaction it is."""
        return self.sync_session.user_id

    async def __aenter__(self) -> Self:
        self.sync_session.enter()
        return self

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        try:
            if kind is None:
                await self.run_sync(lambda _: self.sync_session.finish())
        except BaseException as failure:
            error = failure
            raise
        finally:
            self.sync_session.leave(error)
            await super().__aexit__(kind, error, trace)
            await greenlet_spawn(self.sync_session.explain, error)


@event.listens_for(UserSession, "after_begin")
def _arm(
    session: UserSession, transaction: SessionTransaction, connection: Connection
) -> None:
    if not transaction.nested:
        driver = cast("Door", connection.connection.driver_connection)
        if not driver.is_clean:
            raise MisuseError("modes are given to `db.session`, not to a connection")
        driver.arm(session.open_at(driver.clock.now()))


@event.listens_for(UserSession, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    owner.narrow(cast(UserSession, state.session).user_id, state)


@event.listens_for(UserSession, "after_transaction_end")
def _finish(session: UserSession, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session._finished = True


@event.listens_for(UserSession, "before_flush")
def _complete(session: UserSession, _context: Any, _instances: Any) -> None:
    """Give new rows their space and id, which the program need not.

    With ids that are known before, many rows of a table go in one statement.
    """
    for row in session.new:
        if getattr(row, "user_id", session.user_id) is None:
            row.user_id = session.user_id
        if getattr(row, "id", session.user_id) is None:
            row.id = new_id()
