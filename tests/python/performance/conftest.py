"""A database with a large, a typical and an empty space, and what queries do in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import psycopg
import pytest

from tests.python.databases import copied
from tests.python.performance.judging import Found, Plan
from tests.python.security.people import SIGNER
from tools.bench.data import World
from tools.bench.loading import OURS, load
from tools.bench.place import explain, values_of
from tools.bench.systems import parts
from tools.postgres.server import Cluster

WORLD: Final = World(24_000, spaces=(12_000,))
# The fourth is the first again, looked at by way of its smallest project.
SPACES: Final = {
    "large": WORLD.large,
    "typical": WORLD.typical,
    "empty": WORLD.empty,
    "thin": WORLD.large,
}

Tried = Callable[..., Found]


@pytest.fixture(scope="package")
def filled(cluster: Cluster, template: str) -> Iterator[str]:
    """The superuser's address of the database; what is done to it is undone."""
    with copied(cluster, template) as url:
        load(url, WORLD, [OURS], writer=False)
        name = url.split("?")[0].rpartition("/")[2]
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"alter database {name} set track_functions = 'all'")
        yield url


@pytest.fixture(scope="package")
def tried(filled: str) -> Iterator[Tried]:
    """Run a query in a space as the app's role, and undo it.

    Its parameters: the query's text, the space's name, whether sequential scans are
    allowed, and statements by which the superuser spoils the schema before.
    """
    known = {name: values_of(filled, WORLD, OURS, who) for name, who in SPACES.items()}
    with psycopg.connect(filled) as connection:
        row = connection.execute(_THINNEST, known["thin"]).fetchone()
        assert row is not None
        known["thin"] |= {"project_id": row[0]}

    def run(text: str, space: str, *, seqscan: bool = True, spoilt: str = "") -> Found:
        me = WORLD.people[SPACES[space]]
        with psycopg.connect(filled, autocommit=True) as connection:
            # What tests before wrote waits there, even if it was undone.
            connection.execute(
                "select gin_clean_pending_list('app_data.tasks_search_idx')"
            )
            with connection.transaction(force_rollback=True):
                if spoilt:
                    connection.execute(spoilt.encode())
                connection.execute("set local session authorization todo_app")
                connection.execute(
                    "select set_config('role', 'todo_user', true),"
                    " set_config('app.token', %s, true),"
                    " set_config('enable_seqscan', %s, true)",
                    (SIGNER.for_user(me), "on" if seqscan else "off"),
                )
                _explain(connection, text, known[space])  # reads the catalogue
                before = _asked(connection)
                plan = _explain(connection, text, known[space])
                asked = _asked(connection) - before
                return Found(plan["Plan"], asked, _indexes(connection))

    yield run


Shapes = Callable[[str], dict[tuple[str, str], str]]


@pytest.fixture(scope="package")
def shapes(filled: str, queries: dict[str, str]) -> Shapes:
    """Give the shape of the plan of each query in each space.

    Its parameter: what the superuser does to the schema before, undone afterwards.
    """
    known = {name: values_of(filled, WORLD, OURS, who) for name, who in SPACES.items()}

    def plan(spoilt: str) -> dict[tuple[str, str], str]:
        found = {}
        with psycopg.connect(filled, autocommit=True) as connection:
            with connection.transaction(force_rollback=True):
                connection.execute(spoilt.encode())
                connection.execute("set local session authorization todo_app")
                for space, who in SPACES.items():
                    connection.execute(
                        "select set_config('role', 'todo_user', true),"
                        " set_config('app.token', %s, true)",
                        (SIGNER.for_user(WORLD.people[who]),),
                    )
                    for name, text in queries.items():
                        plan = _explain(connection, text, known[space])
                        found[name, space] = _shape(plan["Plan"])
        return found

    return plan


def _shape(plan: Plan) -> str:
    below = ", ".join(_shape(part) for part in plan.get("Plans", ()))
    return f"{plan['Node Type']} {plan.get('Index Name', '')} ({below})"


_THINNEST: Final = """
select project_id from app.tasks where user_id = %(user_id)s
group by project_id order by count(*), project_id limit 1
"""


def _explain(
    connection: psycopg.Connection, text: str, values: Mapping[str, object]
) -> Plan:
    with connection.transaction(force_rollback=True):
        return explain(connection, text, values)


def _indexes(connection: psycopg.Connection) -> dict[str, list[str]]:
    rows = connection.execute(
        "select c.relname, array(select pg_get_indexdef(i.indexrelid, n, false)"
        " from generate_series(1, i.indnkeyatts) as n order by n)"
        " from pg_index as i inner join pg_class as c on i.indexrelid = c.oid"
        " where c.relnamespace = 'app_data'::regnamespace"
    )
    return {name: [column.strip('"') for column in columns] for name, columns in rows}


def _asked(connection: psycopg.Connection) -> int:
    row = connection.execute(
        "select pg_stat_get_xact_function_calls('app.current_user_id'::regproc)"
    ).fetchone()
    return (row and row[0]) or 0


@pytest.fixture(scope="package")
def queries() -> dict[str, str]:
    """The queries of the mix, by name."""
    return parts(OURS).queries
