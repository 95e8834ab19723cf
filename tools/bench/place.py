"""The server that is measured, filled, with everybody's way in.

Durability is off, as for all throw-away servers: what is compared is the work of the
processors, and a disk would hide it behind the same constant for everybody.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import sql

from todo_db._driver.pipelined_transaction import Preamble
from todo_db._driver.preamble import PreambleBuilder
from todo_db.settings import Settings
from tools.bench.data import TODAY, World
from tools.bench.loading import OURS, load
from tools.bench.systems import bound, parts
from tools.credentials import add_key
from tools.postgres import databases
from tools.postgres.location import make_home, socket_directory
from tools.postgres.server import Cluster, find_bin, throwaway
from tools.postgres.throwaway import FAST

DATABASE: Final = "bench"
PASSWORD: Final = "only-for-measuring"  # noqa: S105 - of a server on a closed socket
BYPASS: Final = "bench_bypass"  # PEER may become it: todo_user, bound by no policy
PEER: Final = "bench_peer"  # the login of the systems that are not ours
# Each system's own key of a row of staging; it follows the table's alias.
KEYS: Final = {OURS: "id", "vikunja": "n + 1", "": "id4"}
SETTINGS: Final = {
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "max_connections": "200",
    "random_page_cost": "1.1",
    "effective_cache_size": "4GB",
    "jit": "off",
}
Plan = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """A filled database.

    Attributes:
        cluster: its server.
        world: what it is filled with.
        systems: which systems' tables it holds.
        key: the signing key, as TODO_SIGNING_KEY has it.
    """

    cluster: Cluster
    world: World
    systems: Sequence[str]
    key: str

    @property
    def url(self) -> str:
        """The superuser's address."""
        return self.cluster.url(DATABASE)

    def login(self, system: str) -> str:
        """Give the address by which a system's backend comes."""
        who = "todo_app" if system == OURS else PEER
        return self.url.replace("postgres@", f"{who}:{PASSWORD}@", 1)

    @property
    def passwords(self) -> dict[str, str]:
        """The passwords of the backends' logins."""
        return {"todo_app": PASSWORD, PEER: PASSWORD}

    @property
    def environment(self) -> dict[str, str]:
        """The environment of an app that uses the runtime."""
        return {"TODO_DATABASE_URL": self.login(OURS), "TODO_SIGNING_KEY": self.key}

    @cached_property
    def preambles(self) -> PreambleBuilder:
        """What the runtime puts in front of each transaction."""
        return PreambleBuilder(Settings.from_env(self.environment))

    def preamble(self, user_id: UUID, *, read_only: bool = False) -> Preamble:
        """Give the runtime's own preamble, with a token of now."""
        with psycopg.connect(self.url) as connection:
            row = connection.execute(
                "select extract(epoch from now())::float8"
            ).fetchone()
        assert row is not None  # noqa: S101 - one row always
        return self.preambles.for_user(user_id, row[0], read_only=read_only)

    def values(self, system: str, who: int) -> dict[str, object]:
        """Give a person's parameters of the queries, in a system's own keys."""
        return values_of(self.url, self.world, system, who)

    @contextmanager
    def acting(self, system: str, user_id: UUID) -> Iterator[psycopg.Connection]:
        """Open a transaction of a person, as the system's backend does; undo it."""
        with psycopg.connect(self.login(system), autocommit=True) as connection:
            with connection.transaction(force_rollback=True):
                if system == OURS:
                    for text, values in self.preamble(user_id).statements:
                        connection.pgconn.exec_params(text, list(values))
                elif preamble := parts(system).get("open"):
                    connection.execute(bound(preamble, {"user_id": str(user_id)}))
                yield connection


def values_of(url: str, world: World, system: str, who: int) -> dict[str, object]:
    """Give the parameters of the queries for a person of *world* at *url*.

    The project is the person's fullest, the task the newest that is to do.
    """
    with psycopg.connect(url) as connection:
        text = _VALUES.format(key=KEYS.get(system, KEYS[""]))
        row = connection.execute(text.encode(), {"who": who}).fetchone()
    assert row is not None  # noqa: S101 - one row always
    names = ("project_id", "task_id", "tag_id", "other_tag_id")
    return {
        **dict(zip(names, row, strict=True)),
        "user_id": who + 1 if system == "vikunja" else world.people[who],
        "today": TODAY,
        "word": world.words[40],
    }


def explain(
    connection: psycopg.Connection, text: str, values: Mapping[str, object]
) -> Plan:
    """Run a statement and give its plan, with buffers, as JSON's dictionary."""
    query = sql.SQL("explain (analyze, buffers, format json) ") + bound(text, values)
    row = connection.execute(query).fetchone()
    assert row is not None  # noqa: S101 - one row always
    found: Plan = (json.loads(row[0]) if isinstance(row[0], str) else row[0])[0]
    return found


def buffers(plan: Plan) -> int:
    """Count the pages that a plan touched, in memory or not."""
    top = plan["Plan"]
    return int(top["Shared Hit Blocks"] + top["Shared Read Blocks"])


@contextmanager
def place(
    world: World,
    systems: Sequence[str],
    cluster: Cluster | None = None,
    *,
    writer: bool = True,
) -> Iterator[Place]:
    """Fill a throw-away server, or go on with a *cluster* that runs.

    Args:
        systems: the files below tools/bench/sql whose tables are wanted.
        writer: whether the tasks that the table of figures writes are, too.
    """
    if cluster is None:
        with (
            throwaway(settings=SETTINGS) as cluster,
            place(world, systems, cluster) as it,
        ):
            yield it
        return
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        if not connection.execute(
            "select from pg_database where datname = %s", (DATABASE,)
        ).fetchone():
            databases.create(cluster.url(), DATABASE)
    with psycopg.connect(cluster.url(DATABASE), autocommit=True) as connection:
        connection.execute(_PEERS)
    load(cluster.url(DATABASE), world, systems, writer=writer)
    with psycopg.connect(cluster.url(DATABASE), autocommit=True) as connection:
        # Migrations take the right to connect from everybody.
        connection.execute(f"grant connect on database {DATABASE} to {PEER}")
        for system in systems:
            if system != OURS:
                connection.execute((parts(system).get("grants") or ";").encode())
        key = add_key(connection) if OURS in systems else ""
        if OURS in systems:
            connection.execute(f"alter role todo_app password '{PASSWORD}'")
            connection.execute(_BYPASSING)
    yield Place(cluster, world, tuple(systems), key)


@contextmanager
def kept(world: World) -> Iterator[Cluster]:
    """Run a server whose data stay, so that a load that was cut off can go on.

    They lie beside those of the private server, a directory for each world, until
    somebody removes it.
    """
    above, account = make_home()
    home = above / f"bench-{world.tasks}-{world.seed}"
    home.mkdir(exist_ok=True)
    home.chmod(0o755)
    socket = socket_directory(home, account)
    cluster = Cluster(home, find_bin(), account, socket, {**FAST, **SETTINGS})
    cluster.initialise()
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.stop()


def cores() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0))


_PEERS: Final = f"""
do $$ begin
    if not exists (select from pg_roles where rolname = '{PEER}') then
        create role {PEER} login password '{PASSWORD}';
    end if;
end $$
"""
_BYPASSING: Final = f"""
do $$ begin
    if not exists (select from pg_roles where rolname = '{BYPASS}') then
        create role {BYPASS} bypassrls;
    end if;
end $$;
grant {BYPASS} to {PEER};
grant todo_user to {BYPASS};
"""
_VALUES: Final = """
select
    coalesce(
        (
            select p.{key} from bench.projects as p
            inner join bench.tasks as t on p.n = t.project
            where t.person = %(who)s group by p.n order by count(*) desc limit 1
        ),
        (select p.{key} from bench.projects as p where p.person = %(who)s limit 1)
    ),
    coalesce(
        (
            select t.{key} from bench.tasks as t
            where t.person = %(who)s and t.status = 'todo' and not t.trashed
            order by t.n desc limit 1
        ),
        (select u.{key} from bench.projects as u limit 1)
    ),
    (select g.{key} from bench.tags as g where g.person = %(who)s order by n limit 1),
    (
        select g.{key} from bench.tags as g
        where g.person = %(who)s order by n offset 1 limit 1
    )
"""
