"""Whether the process is alive and ready, with reasons, for probes of an orchestrator.

`live` does not ask the database: restarting the app would not mend it. `ready` makes a
connection of its own, so that a pool in full use does not look like a dead server, and
answers within two seconds. A probe of a database that scales to zero keeps it awake:
let the orchestrator ask for `live` there, and for `ready` at the start alone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, cast

import psycopg

from ._driver import diagnosis
from ._driver.connector import parameters
from ._driver.pools import AsyncFairPool, FairPool
from ._startup import StartupCheck, find_own_settings
from .errors import StartupError

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import Pool

    from .settings import Settings

_LIMIT: Final = 2  # seconds, the least that libpq takes


@dataclass(frozen=True, slots=True)
class PoolState:
    """The use of a pool.

    Attributes:
        size: connections that it may have; 0 for one that keeps none.
        in_use: connections that are given out.
        idle: connections that wait for a user.
        waiting: callers who wait for a connection.
    """

    size: int
    in_use: int
    idle: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Health:
    """The answer to a probe.

    Attributes:
        ok: whether requests should come.
        reasons: why not; sentences without secrets.
        seconds: how long the answer took.
        pools: the use of each pool that there is, by its side.
        warnings: what somebody should look at, though requests may come: settings that
            the login has given itself.
    """

    ok: bool
    reasons: tuple[str, ...]
    seconds: float
    pools: dict[str, PoolState]
    warnings: tuple[str, ...] = ()


def ready(settings: Settings, pools: dict[str, PoolState]) -> Health:
    """Return whether *settings* lead to a usable database within two seconds.

    libpq would wait so long for each of several hosts, and a resolver of names as long
    as it likes. So the question is asked in a thread, which is left alone when its time
    is up and ends by itself.
    """
    start = time.perf_counter()
    found: list[tuple[list[str], list[str]]] = []
    asking = Thread(target=lambda: found.append(_ask(settings)), daemon=True)
    asking.start()
    asking.join(_LIMIT)
    late = f"no answer from the database within {_LIMIT} s"
    reasons, warnings = found[0] if found else ([late], [])
    seconds = time.perf_counter() - start
    return Health(not reasons, tuple(reasons), seconds, pools, tuple(warnings))


def state_of(pool: Pool) -> PoolState:
    """Return the use of *pool*."""
    if not isinstance(pool, FairPool | AsyncFairPool):
        return PoolState(0, 0, 0, 0)
    return PoolState(pool.size(), pool.checkedout(), pool.checkedin(), len(pool.queue))


def _ask(settings: Settings) -> tuple[list[str], list[str]]:
    """Return what speaks against *settings*, and warnings."""
    warnings: list[str] = []
    options: dict[str, Any] = {**parameters(settings), "connect_timeout": _LIMIT}
    try:
        with psycopg.connect(**options) as connection:
            limit = f"{_LIMIT}s"
            # What a pooler hands out may hold what somebody has left on it.
            connection.execute("reset all")
            connection.execute(
                "select pg_catalog.set_config('statement_timeout', %s, true)", (limit,)
            )
            asked = cast("DBAPIConnection", connection)
            warnings = find_own_settings(asked)
            StartupCheck("off")(asked)
    except psycopg.Error as error:
        if refusal := diagnosis.diagnose(settings.address, error, _LIMIT):
            return [str(refusal)], warnings
        # The text could hold a host or user; the type and state say enough.
        name = error.sqlstate or type(error).__name__
        return [f"no answer from the database: {name}"], warnings
    except StartupError as error:
        return [str(error)], warnings
    return [], warnings
