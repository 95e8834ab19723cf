"""Two databases that are alike in everything but what people other than Alice have.

Both are on one server. Each is made once, and then copied for whoever asks: what
statements leave behind (dead rows, hint bits) would in time make the two unlike.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg

from tests.python.databases import PASSWORD, copied
from tools import migrate
from tools.postgres import databases
from tools.postgres.server import Cluster

HERE: Final = Path(__file__).parent
MIGRATED: Final = "oracle_migrated"
# The key that Alice's tokens are signed with: that of tests/pgtap/fixtures.
_KEY: Final = HERE.parents[2] / "pgtap" / "fixtures" / "010_identity.sql"

Pair = tuple[str, str]

# Where each row stands, and how large each relation is.
_PLACES: Final = """
select c.oid::regclass::text, pg_relation_size(c.oid)
from pg_class as c
where c.relnamespace = 'app_data'::regnamespace and c.relkind in ('r', 'i', 'p')
order by 1
"""


def migrated(cluster: Cluster) -> None:
    """Make the empty database that all worlds are copied from, and the app's login."""
    databases.create(cluster.url(), MIGRATED)
    migrate.apply(cluster.url(MIGRATED))
    with psycopg.connect(cluster.url(MIGRATED), autocommit=True) as connection:
        connection.execute(_KEY.read_bytes())
        connection.execute("drop schema tests cascade")
        connection.execute(f"alter role todo_app password '{PASSWORD}'".encode())


@dataclass(frozen=True)
class Worlds:
    """The two databases, by name, on *cluster*."""

    cluster: Cluster
    names: Pair

    @contextmanager
    def fresh(self) -> Iterator[Pair]:
        """Copy both; give the addresses of the copies, as superuser."""
        with ExitStack() as stack:
            left, right = (
                stack.enter_context(copied(self.cluster, name)) for name in self.names
            )
            yield left, right


@contextmanager
def worlds(
    cluster: Cluster,
    *,
    change: str = "",
    differs: Sequence[str] = (),
    analysed: bool = False,
    narrow: bool = False,
) -> Iterator[Worlds]:
    """Make the two databases.

    Args:
        cluster: a server on which `migrated` was called.
        change: SQL that is run in both first, as superuser: a policy of another form.
        differs: the columns that differ, as `tasks.title`; all if there is none.
        analysed: whether the planner gets statistics of the contents.
        narrow: whether every value lies within its row.
    """
    of = uuid.uuid4().hex[:8]
    names = (f"oracle_{of}_0", f"oracle_{of}_1")
    with ExitStack() as stack:
        for number, name in enumerate(names):
            url = stack.enter_context(databases.copied(cluster, MIGRATED, name))
            _fill(url, change, analysed, world=number, differs=differs, narrow=narrow)
        pair = Worlds(cluster, names)
        _check(pair)
        yield pair


def _fill(url: str, change: str, analysed: bool, **contents: object) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(change.encode())
        for name, value in contents.items():
            text = (
                ",".join(value)
                if isinstance(value, Sequence)
                else str(int(bool(value)))
            )
            connection.execute(
                "select set_config(%s, %s, false)", (f"tests.{name}", text)
            )
        connection.execute((HERE / "contents.sql").read_bytes())
        connection.execute("reindex schema app_data")
        connection.execute("vacuum (freeze)")
        if analysed:
            connection.execute("analyze")


def _check(pair: Worlds) -> None:
    """Refuse two databases that differ in sizes, or not at all in contents."""
    left, right = (_layout(pair.cluster.url(name)) for name in pair.names)
    different = sorted(key for key in left | right if left.get(key) != right.get(key))
    if different:
        raise AssertionError(f"the two databases are laid out differently: {different}")


def _layout(url: str) -> dict[str, Any]:
    with psycopg.connect(url) as connection:
        found: dict[str, Any] = dict(connection.execute(_PLACES.encode()).fetchall())
        for (table,) in connection.execute(
            "select relname from pg_class"
            " where relnamespace = 'app_data'::regnamespace and relkind = 'r'"
        ).fetchall():
            rows = connection.execute(
                f"select array_agg(ctid::text order by ctid)"
                f" from app_data.{table}".encode()
            ).fetchone()
            found[f"rows of {table}"] = rows
            if rows is None or not rows[0]:
                raise AssertionError(
                    f"contents.sql writes nothing into app_data.{table}"
                )
    return found
