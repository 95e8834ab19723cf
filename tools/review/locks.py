"""Locks of tables: what a session holds, and whom that keeps waiting.

The conflicts are those of the manual's chapter "Explicit Locking", table 13.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import psycopg


class Mode(IntEnum):
    """Modes of table locks, the weakest first."""

    ACCESS_SHARE = 1
    ROW_SHARE = 2
    ROW_EXCLUSIVE = 3
    SHARE_UPDATE_EXCLUSIVE = 4
    SHARE = 5
    SHARE_ROW_EXCLUSIVE = 6
    EXCLUSIVE = 7
    ACCESS_EXCLUSIVE = 8

    @property
    def words(self) -> str:
        """The name as LOCK TABLE has it."""
        return self.name.replace("_", " ")

    def conflicts(self, other: Mode) -> bool:
        """Tell whether two sessions cannot hold both on one table."""
        return other in _CONFLICTS[self]


_ALL: Final = frozenset(Mode)
_CONFLICTS: Final = {
    Mode.ACCESS_SHARE: frozenset({Mode.ACCESS_EXCLUSIVE}),
    Mode.ROW_SHARE: frozenset({Mode.EXCLUSIVE, Mode.ACCESS_EXCLUSIVE}),
    Mode.ROW_EXCLUSIVE: frozenset(mode for mode in Mode if mode >= Mode.SHARE),
    Mode.SHARE_UPDATE_EXCLUSIVE: frozenset(
        mode for mode in Mode if mode >= Mode.SHARE_UPDATE_EXCLUSIVE
    ),
    Mode.SHARE: _ALL - {Mode.ACCESS_SHARE, Mode.ROW_SHARE, Mode.SHARE},
    Mode.SHARE_ROW_EXCLUSIVE: _ALL - {Mode.ACCESS_SHARE, Mode.ROW_SHARE},
    Mode.EXCLUSIVE: _ALL - {Mode.ACCESS_SHARE},
    Mode.ACCESS_EXCLUSIVE: _ALL,
}

# Who takes which mode in the life of an application, the most frequent first.
TRAFFIC: Final = (
    ("reads", Mode.ACCESS_SHARE),
    ("locking reads", Mode.ROW_SHARE),
    ("writes", Mode.ROW_EXCLUSIVE),
    ("VACUUM and ANALYZE", Mode.SHARE_UPDATE_EXCLUSIVE),
)


def blocks(mode: Mode) -> list[str]:
    """Say what waits while *mode* is held; schema changes do anyway."""
    return [name for name, wanted in TRAFFIC if mode.conflicts(wanted)]


@dataclass(frozen=True, order=True)
class Relation:
    """A table, or with *part* an index of it, which every query on the table locks."""

    table: str
    part: str = ""

    def __str__(self) -> str:
        return f"{self.table} ({self.part})" if self.part else self.table


Held = Mapping[Relation, Mode]

_RELATIONS: Final = """
select
    c.oid,
    format('%I.%I', n.nspname, coalesce(t.relname, c.relname)),
    case when t.oid is not null then format('index %I', c.relname)
        when c.relkind = 'S' then 'sequence' when c.relkind in ('v', 'm') then 'view'
        when c.relkind = 'f' then 'foreign table'
        else ''
    end
from pg_class as c
left join pg_index as i on i.indexrelid = c.oid
left join pg_class as t on t.oid = i.indrelid
join pg_namespace as n on n.oid = coalesce(t.relnamespace, c.relnamespace)
where c.relkind in ('r', 'p', 'm', 'v', 'f', 'S', 'i', 'I')
and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'todo_migrations')
"""
_HELD: Final = """
select l.relation, l.mode
from pg_locks as l
where l.pid = %s and l.locktype = 'relation'
and l.database = (
    select d.oid from pg_database as d where d.datname = current_database()
)
"""


def relations(connection: psycopg.Connection[Any]) -> dict[int, Relation]:
    """Give the relations that are there now, by their OID.

    What a migration makes itself is not among them: nobody else can wait for it.
    """
    return {
        oid: Relation(name, part)
        for oid, name, part in connection.execute(_RELATIONS).fetchall()
    }


def sample(
    connection: psycopg.Connection[Any], pid: int, known: Mapping[int, Relation]
) -> dict[Relation, Mode]:
    """Give the strongest lock that session *pid* has on each relation of *known*.

    One that it waits for counts: it will have it before it goes on.
    """
    held: dict[Relation, Mode] = {}
    for oid, name in connection.execute(_HELD, [pid]).fetchall():
        relation = known.get(oid)
        if relation is not None:
            mode = _mode(name)
            held[relation] = max(mode, held.get(relation, mode))
    return held


def _mode(name: str) -> Mode:
    """Turn `ShareUpdateExclusiveLock` into the mode."""
    return next(m for m in Mode if m.name.replace("_", "") == name[:-4].upper())
