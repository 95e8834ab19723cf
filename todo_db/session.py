"""Sessions of one user: SQLModel's own, with an identity, one transaction and an end.

The asynchronous session drives the synchronous one, as SQLAlchemy does it, so that all
rules stand here once.
"""

from __future__ import annotations

from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from uuid import UUID

from sqlalchemy import event, inspect
from sqlalchemy.exc import InvalidRequestError, SQLAlchemyError
from sqlalchemy.orm import Mapper, ORMExecuteState, SessionTransaction
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.util import greenlet_spawn
from sqlmodel import Session
from sqlmodel.ext.asyncio.session import AsyncSession

from . import _failed_row, _stale
from ._identity import owner_filter, session_guard
from .errors import MisuseError, NotFound, StaleVersion, TodoError, Unavailable
from .ids import new_id
from .transaction import TransactionOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.engine import Connection, Engine

    from ._driver.pipelined_transaction import PipelinedTransaction, Preamble
    from ._failed_row import Batch
    from ._replica import Replica

M = TypeVar("M")


class UserSession(Session):
    """One transaction of one user, as a context manager that commits at its end.

    Everything else is SQLModel's session. After the commit or rollback it is finished:
    its objects stay readable, but further work raises `MisuseError`.

    Args:
        bind: the engine.
        user_id: whose transaction it is.
        preamble: makes its first statements, from a time and `TransactionOptions`.
        options: see `TransactionOptions`.
        replica: is read instead of *bind*, if it has replayed *min_lsn*.
        min_lsn: position in the write-ahead log that the session must see.
    """

    user_id: UUID

    def __init__(
        self,
        bind: Engine | None = None,
        *,
        user_id: UUID,
        preamble: Callable[..., Preamble],
        options: TransactionOptions | None = None,
        replica: Replica | None = None,
        min_lsn: int = 0,
        **more: Any,
    ) -> None:
        super().__init__(bind, expire_on_commit=False, **more)
        self.user_id, self._preamble = user_id, preamble
        self._options = options or TransactionOptions()
        self._entry: session_guard.OpenSession | None = None
        self._finished = False
        self._read: list[_stale.ReadRow] = []
        self.failed_batch: tuple[TodoError, Batch] | None = None
        self._replica, self._min_lsn = replica, min_lsn
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
        """Register as the session of this thread or task."""
        if self._finished or self._entry is not None:
            raise MisuseError("a session serves one `with` block")
        self._entry = session_guard.enter(self.user_id)

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
        """End the session; its objects stay readable."""
        self._finished = True
        if self._replica is not None and isinstance(error, Unavailable):
            self._replica.pause()
        if self._entry is not None:
            session_guard.leave(self._entry)

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Send what is pending.

        Raises:
            StaleVersion: a row that it changes has changed or gone since it was read.
        """
        read = _stale.rows_as_read(self)
        try:
            super().flush(objects)
        except StaleDataError as error:
            self._read = read
            raise StaleVersion("the row has changed since it was read") from error

    def explain(self, error: BaseException | None) -> None:
        """Fill in `rows` of *error* if a row is stale, `row` if one of a batch failed.

        It is done last: the transaction is over, and its connection is free again.
        """
        failed, batch = self.failed_batch or (None, None)
        is_stale = isinstance(error, StaleVersion) and bool(self._read)
        if not is_stale and not (failed is error and failed and failed.constraint):
            return
        options = TransactionOptions(read_only=True)
        terms: dict[str, Any] = {"user_id": self.user_id, "preamble": self._preamble}
        with (
            # An answer would be nice; the error stands.
            suppress(TodoError, SQLAlchemyError),
            UserSession(cast("Engine", self.bind), options=options, **terms) as session,
        ):
            if isinstance(error, StaleVersion) and self._read:
                error.rows = _stale.compare(self._read, session)
            elif failed and failed.constraint and batch:
                failed.row = _failed_row.find(session, batch, failed.constraint)

    def preamble_at(self, now: float) -> Preamble:
        """Return the first statements of the transaction, by the server's time."""
        return self._preamble(now, **self._options)

    def get(self, entity: type[M] | Mapper[M], ident: Any, **options: Any) -> M | None:
        """Return a row by its id, or by its whole key; None where there is none.

        Args:
            entity: its class.
            ident: the id, in this session's space; or the whole key, as SQLAlchemy's.
            options: SQLAlchemy's own.

        Raises:
            MisuseError: the class has another key.
        """
        mapper: Mapper[M] = inspect(entity)
        keys = [column.name for column in mapper.primary_key]
        if isinstance(ident, UUID | str) and keys == ["user_id", "id"]:
            ident = (self.user_id, ident)
        try:
            return super().get(entity, ident, **options)
        except InvalidRequestError as error:
            name = mapper.class_.__name__
            raise MisuseError(f"the key of {name} is ({', '.join(keys)})") from error

    def get_one(self, entity: type[M] | Mapper[M], ident: Any, **options: Any) -> M:
        """Return the row that `get` returns.

        Raises:
            NotFound: there is none.
        """
        row = self.get(entity, ident, **options)
        if row is None:
            raise NotFound(f"there is no such {inspect(entity).class_.__name__}")
        return row

    def begin_nested(self) -> SessionTransaction:
        """Begin a savepoint, for which the transaction must last."""
        driver = self.connection().connection.driver_connection
        cast("PipelinedTransaction", driver).keep_open()
        return super().begin_nested()

    def get_bind(self, *args: Any, **options: Any) -> Engine | Connection:
        """Return the engine; SQLAlchemy asks before each piece of work."""
        if self._finished:
            raise MisuseError(
                "this session's transaction is over; open another for further work"
            )
        if self._entry is None:
            raise MisuseError("a session is used in a `with` block")
        if self._server is None:
            replica = self._replica
            if replica is not None and replica.has_replayed(self._min_lsn):
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
def _begin(
    session: UserSession, transaction: SessionTransaction, connection: Connection
) -> None:
    if not transaction.nested:
        driver = cast("PipelinedTransaction", connection.connection.driver_connection)
        if not driver.is_clean:
            raise MisuseError("options are given to `db.session`, not to a connection")
        driver.set_preamble(session.preamble_at(driver.clock.now()))


@event.listens_for(UserSession, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    owner_filter.narrow(cast(UserSession, state.session).user_id, state)


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
