"""What writing leaves behind: bytes of WAL per command, HOT updates, and bloat."""

from __future__ import annotations

from typing import Any, Final

import psycopg

from tools.bench import pgbench
from tools.bench.loading import OURS
from tools.bench.mix import SYSTEMS, aim, script_of, variables_of
from tools.bench.pgbench import Run
from tools.bench.place import Place, cores
from tools.bench.systems import parts

COMMANDS: Final = ("create", "patch", "complete", "reorder", "batch")
_TABLES: Final = {
    OURS: "app_data.tasks",
    "specification": "spec.tasks",
    "grown": "grown.tasks",
    "vikunja": "vikunja.tasks",
}
_COUNT: Final = 200


def measure(place: Place, updates: int) -> dict[str, dict[str, Any]]:
    """Give, by system, the WAL of each command, and what so many edits do to the table.

    Args:
        updates: edits of a title, each of a task drawn anew.
    """
    return {
        system: {
            "wal": {name: _wal(place, system, name) for name in COMMANDS},
            **_worn(place, system, updates),
        }
        for system in SYSTEMS
        if system in place.systems and system in _TABLES
    }


def _wal(place: Place, system: str, name: str) -> float:
    """Give the bytes of WAL of one command, without full pages."""
    before = _position(place)
    _run(place, system, name, _COUNT, 1)
    return round((_position(place) - before) / _COUNT)


def _worn(place: Place, system: str, updates: int) -> dict[str, Any]:
    with psycopg.connect(place.url, autocommit=True) as connection:
        connection.execute(f"vacuum {_TABLES[system]}")
    size, *_ = _state(place, system)
    found = {"updates": updates, "hot": _hot(place, system, "patch", updates)}
    found["growth"] = round(_state(place, system)[0] / size, 4)
    if "describe" in parts(system).queries:
        found["hot_description"] = _hot(place, system, "describe", updates)
    return found


def _hot(place: Place, system: str, name: str, updates: int) -> float:
    """Give the share of HOT updates among so many edits."""
    _, changed, hot = _state(place, system)
    clients = cores()
    _run(place, system, name, max(updates // clients, 1), clients)
    _, changed_after, hot_after = _state(place, system)
    return round((hot_after - hot) / max(changed_after - changed, 1), 4)


def _run(place: Place, system: str, name: str, count: int, clients: int) -> None:
    targets = {"targets": aim(place, system)}
    scripts = [script_of(place, system, name)]
    how = Run(
        place.login(system), clients=clients, count=count, prepared=system != OURS
    )
    pgbench.run(place, scripts, how, variables_of(place) | targets)


def _position(place: Place) -> int:
    with psycopg.connect(place.url) as connection:
        row = connection.execute(
            "select (pg_current_wal_insert_lsn() - '0/0')::bigint"
        ).fetchone()
    return int(row[0]) if row else 0


def _state(place: Place, system: str) -> tuple[int, int, int]:
    """Give the bytes of the table with its indexes, its updates, and the HOT ones."""
    with psycopg.connect(place.url, autocommit=True) as connection:
        connection.execute("select pg_stat_force_next_flush()")
        row = connection.execute(
            "select pg_total_relation_size(relid), n_tup_upd, n_tup_hot_upd"
            " from pg_stat_all_tables where relid = %s::regclass",
            (_TABLES[system],),
        ).fetchone()
    assert row is not None  # noqa: S101 - one row always
    return int(row[0]), int(row[1]), int(row[2])
