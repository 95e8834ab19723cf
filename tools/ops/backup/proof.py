"""Whether a restored server is whole: looked at as nobody would look at a living one.

Every check changes the copy as it needs to; the copy is thrown away.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
from sqlalchemy import func
from sqlmodel import select

from todo_db import Database, StartupError, TodoError, accounts
from todo_models import Task
from tools import credentials
from tools.console import Failure
from tools.credentials import Wish, read_env
from tools.ops.backup import dump
from tools.postgres.cluster import Cluster
from tools.project import ROOT
from tools.verify import lints, posture

_VIOLATIONS: Final = ROOT / "tools/ops/assets/backup/violations.sql"
_BUSIEST: Final = """
select user_id, count(*) from app_data.tasks where deleted_at is null
group by user_id order by 2 desc limit 1
"""
_PASSWORD: Final = "a restored database lets people in"  # noqa: S105 - of nobody


@dataclass(frozen=True)
class Check:
    """One question and its answer.

    Attributes:
        name: a word.
        ok: whether it is as it should be.
        said: in a sentence, with figures.
    """

    name: str
    ok: bool
    said: str


def prove(cluster: Cluster, database: str) -> list[Check]:
    """Ask everything of the restored *database* of *cluster*."""
    return [ask(name, cluster, database) for name in QUESTIONS]


def ask(name: str, cluster: Cluster, database: str) -> Check:
    """Ask one question of QUESTIONS; whatever goes wrong is a no."""
    try:
        return Check(name, True, QUESTIONS[name](cluster, database))
    except Failure as failure:
        return Check(name, False, failure.what)
    except (psycopg.Error, TodoError, StartupError) as error:
        return Check(name, False, str(error).splitlines()[0])


def amcheck(cluster: Cluster, database: str) -> str:
    """Read every table and index, each row against its index entries."""
    where = ["-h", str(cluster.socket), "-p", str(cluster.port), "-U", "postgres"]
    done = cluster.account.run(
        cluster.bin / "pg_amcheck", *where, "--install-missing", "--heapallindexed",
        database,
    )  # fmt: skip
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()
        raise Failure(said[0] if said else "it fails")
    with psycopg.connect(cluster.url(database)) as connection:
        row = connection.execute(
            "select count(*), sum(pg_relation_size(oid)) from pg_class"
            " where relkind in ('r', 'i')"
        ).fetchone()
    assert row is not None  # noqa: S101 - an aggregate
    return f"{row[0]} tables and indexes, {row[1]} bytes"


def constraints(cluster: Cluster, database: str) -> str:
    """Count the rows that break a key, a foreign key or a check."""
    with psycopg.connect(cluster.url(database)) as connection:
        connection.execute("set row_security = off")
        found = connection.execute(_VIOLATIONS.read_bytes()).fetchall()
        broken = []
        for name, query in found:
            row = connection.execute(str(query).encode()).fetchone()
            if row != (0,):
                broken.append(f"{name}: {row[0] if row else '?'} rows")
    if broken or not found:
        raise Failure("; ".join(broken) or "there is no constraint")
    return f"{len(found)} constraints hold in every row"


def kept_counts(cluster: Cluster, database: str) -> str:
    """Compare the counts that are kept with the rows."""
    with psycopg.connect(cluster.url(database)) as connection:
        row = connection.execute(
            "select count(*) from app_private.miscounts"
        ).fetchone()
        all_of = connection.execute("select count(*) from app_data.tasks").fetchone()
    if row != (0,):
        raise Failure(f"{row[0] if row else '?'} projects are counted wrongly")
    return f"the counts are those of the rows ({all_of[0] if all_of else 0} tasks)"


def broken_rules(cluster: Cluster, database: str) -> str:
    """Run the posture's rules of the schema."""
    rules = [rule for rule in lints.read() if rule.about == "schema"]
    stops = [
        one
        for one in posture.look(cluster.url(database), rules)
        if one.severity == "stop"
    ]
    if stops:
        raise Failure("; ".join(f"{one.object}: {one.what}" for one in stops))
    return f"{len(rules)} rules of the posture hold"


def log_in(cluster: Cluster, database: str) -> str:
    """Enter as the app does: fingerprint, a new person, and a person who was there."""
    url = cluster.url(database)
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "env"
        wish = Wish(rotate_password=True, rotate_key=True)
        credentials.ensure(url, file, wish)
        db = Database.from_env(read_env(file))
    try:
        state = db.ready()  # compares the models' fingerprint, too
        if not state.ok:
            raise Failure("; ".join(state.reasons))
        email = "restored@example.org"
        mailed = db.auth(
            accounts.sign_up(email=email, password=_PASSWORD, first_name="Restored")
        )
        db.auth(accounts.verify_email(mailed, password=_PASSWORD))
        login = db.auth(accounts.log_in(email=email, password=_PASSWORD))
        if login is None:
            raise Failure("a new person cannot log in")
        with psycopg.connect(url) as connection:
            busiest = connection.execute(_BUSIEST).fetchone()
        if busiest is None:
            return "a new person logged in; nobody had a task"
        with db.session(busiest[0], read_only=True) as session:
            seen = session.exec(select(func.count()).select_from(Task)).one()
        if seen != busiest[1]:
            raise Failure(f"a person sees {seen} of {busiest[1]} tasks")
        return f"a new person logged in, and one who was there sees all {seen} tasks"
    finally:
        db.close()


def rows(url: str) -> dict[str, int]:
    """Count the rows of every table, as a superuser."""
    with psycopg.connect(url) as connection:
        return dump.count(connection)


QUESTIONS: Final[Mapping[str, Callable[[Cluster, str], str]]] = {
    "amcheck": amcheck,
    "constraints": constraints,
    "counts": kept_counts,
    "posture": broken_rules,
    "log-in": log_in,
}
