"""Engines: SQLAlchemy's own, with the connections and rules that this package needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import psycopg
from sqlalchemy import create_engine, event, exc
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool, QueuePool

from .._identity.server_clock import ServerClock
from ..errors import (
    CommitOutcomeUnknown,
    IdentityRefused,
    MisuseError,
    RuleViolated,
    from_driver,
)
from .connector import Connector
from .pipelined_transaction import (
    CommitLost,
    CommitRefused,
    CopyLeftOpen,
    TransactionGone,
)
from .pools import AsyncFairPool, FairPool

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Engine, ExceptionContext
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

    from ..errors import TodoError
    from ..settings import Settings
    from .pipelined_transaction import PipelinedTransaction

_URL: Final = "postgresql+psycopg://"  # the address itself goes to libpq untouched
_RECYCLE: Final = 1800  # seconds; shorter than the idle limits of NAT and balancers

# Looks at a new connection before anyone uses it; raises to refuse it.
Inspector: TypeAlias = "Callable[[DBAPIConnection], None]"


def make_engine(settings: Settings, inspect: Inspector) -> Engine:
    """Return a synchronous engine; it connects when it is first used."""
    engine = create_engine(_URL, **_options(settings, FairPool))
    connector = Connector(settings)

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, _args: Any, parameters: Any) -> Any:
        return connector.connect(parameters)

    _listen(engine, inspect)
    return engine


def make_async_engine(settings: Settings, inspect: Inspector) -> AsyncEngine:
    """Return an asynchronous engine; it belongs to the loop that first uses it."""
    engine = create_async_engine(_URL, **_options(settings, AsyncFairPool))
    connector = Connector(settings)

    @event.listens_for(engine.sync_engine, "do_connect")
    def connect(_dialect: Any, _record: Any, _args: Any, parameters: Any) -> None:
        parameters["async_creator_fn"] = connector.connect_async

    _listen(engine.sync_engine, inspect)
    return engine


def _options(settings: Settings, pool: type[QueuePool]) -> dict[str, Any]:
    options: dict[str, Any] = {
        "hide_parameters": True,  # what people write must not stand in logs
        "use_native_hstore": False,  # saves a question on the first connection
        "pool_recycle": _RECYCLE,
    }
    if settings.pool_size == 0:
        return {**options, "poolclass": NullPool}
    return {
        **options,
        "poolclass": pool,
        "pool_size": settings.pool_size,
        "max_overflow": 0,
        "pool_timeout": settings.pool_wait,
        # The last one in is the first one out, so that the rest can go idle.
        "pool_use_lifo": True,
    }


def _listen(engine: Engine, inspect: Inspector) -> None:
    # Many rows in one statement, hence in the first round trip.
    engine.dialect.use_insertmanyvalues_wo_returning = True
    clock = ServerClock()

    @event.listens_for(engine, "connect")
    def connected(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        inspect(connection)
        clock.read(connection)
        cast("PipelinedTransaction", record.driver_connection).clock = clock

    event.listen(engine, "checkout", _refuse_dead)
    event.listen(engine, "checkin", _drop_unclean)
    event.listen(engine, "handle_error", _to_typed)


_NOT_LOADED: Final = (
    "a relationship was read that had not been loaded, which asyncio cannot do: load "
    "it with its row, options(joinedload(Task.project)), or read it in "
    "session.run_sync(lambda _: task.project)"
)


def _refuse_dead(
    _connection: DBAPIConnection,
    record: ConnectionPoolEntry,
    _proxy: PoolProxiedConnection,
) -> None:
    """Let the pool replace a connection that the server has closed meanwhile.

    A ping would cost a round trip each time, and a restart right after it would still
    be an error; this costs one system call.
    """
    driver = record.driver_connection
    if driver is not None and driver.is_disconnected():
        raise exc.DisconnectionError("the server had hung up")


def _drop_unclean(
    _connection: DBAPIConnection | None, record: ConnectionPoolEntry
) -> None:
    """Close what comes back in any state but the one that it was handed out in."""
    driver = record.driver_connection
    if driver is not None and not driver.is_clean:
        record.invalidate()


def _to_typed(context: ExceptionContext) -> TodoError | None:
    error = context.original_exception
    if isinstance(error, CommitLost):
        return CommitOutcomeUnknown(f"nobody knows whether it was committed: {error}")
    if isinstance(error, CopyLeftOpen):
        context.invalidate_pool_on_disconnect = False
        return MisuseError(str(error))
    if isinstance(error, CommitRefused | TransactionGone):
        return MisuseError(str(error))
    if isinstance(error, psycopg.Error):
        lost = context.is_disconnect or context.connection is None
        typed = from_driver(error, lost=lost)
        if isinstance(typed, IdentityRefused):
            _expire_clock(context)
        return typed
    if isinstance(error, exc.MissingGreenlet):
        return MisuseError(_NOT_LOADED)
    if isinstance(error, ValueError | TypeError | LookupError):
        # A type of SQLAlchemy's, or of the models, that cannot write the value.
        return RuleViolated(f"a value is not one of its column: {error}")
    return None


def _expire_clock(context: ExceptionContext) -> None:
    """Let this connection be replaced by one that asks the server for its time."""
    if context.connection is not None:
        driver = context.connection.connection.driver_connection
        cast("PipelinedTransaction", driver).clock.expire()
        context.is_disconnect, context.invalidate_pool_on_disconnect = True, False
