"""Sessions of one user: SQLModel's own, with an identity, one transaction and an end.

The asynchronous session drives the synchronous one, as SQLAlchemy does it, so that all
rules stand here once.
"""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast
from uuid import UUID

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, SessionTransaction
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session
from sqlmodel.ext.asyncio.session import AsyncSession

from . import nesting, owner
from .errors import MisuseError, StaleVersion, Unavailable
from .ids import new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.engine import Connection, Engine, Result

    from .replica import Replica
    from .wire import Door, Opening


class UserSession(Session):
    """One transaction of one user, as a context manager that commits at its end.

    Everything else is SQLModel's session. After the commit or rollback it is finished:
    its objects stay readable, but further work raises `MisuseError`.

    Args:
        bind: the engine.
        user_id: whose transaction it is.
        opening: gives what stands at its beginning, with a token of the given time.
        replica: is read instead of *bind*, if it has *position*.
        position: how far in the WAL a server must be.
    """

    user_id: UUID

    def __init__(
        self,
        bind: Engine | None = None,
        *,
        user_id: UUID,
        opening: Callable[[float], Opening],
        replica: Replica | None = None,
        position: int = 0,
        **options: Any,
    ) -> None:
        super().__init__(bind, expire_on_commit=False, **options)
        self.user_id, self._opening = user_id, opening
        self._place: nesting.Place | None = None
        self._finished = False
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
        finally:
            self.leave(error)
            self.close()

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
        try:
            super().flush(objects)
        except StaleDataError as error:
            raise StaleVersion("the row has changed since it was read") from error

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
        finally:
            self.sync_session.leave(error)
            await super().__aexit__(kind, error, trace)


@event.listens_for(UserSession, "after_begin")
def _arm(
    session: UserSession, transaction: SessionTransaction, connection: Connection
) -> None:
    if not transaction.nested:
        driver = cast("Door", connection.connection.driver_connection)
        if not driver.is_clean:
            raise MisuseError("modes are given to `db.session`, not to a connection")
        driver.arm(session._opening(driver.clock.now()))


@event.listens_for(UserSession, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> Result[Any] | None:
    return owner.execute_as(cast(UserSession, state.session).user_id, state)


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
