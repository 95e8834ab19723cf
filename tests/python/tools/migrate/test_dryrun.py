"""What `--dry-run` prints is what a run sends, by the server's log."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.python.tools.migrate.folder import Base, Folder
from tools import migrate
from tools.console import Failure
from tools.migrate import dryrun
from tools.migrate.options import Options
from tools.postgres import databases
from tools.postgres.cluster import Cluster
from tools.postgres.throwaway import throwaway

OUTSIDE = "-- transactional: false"
# What differs from one run to the next: identifiers and moments of the record.
_MOMENT = re.compile(r"'\d{4}-\d\d-\d\d [\d:.]+'::timestamp")
_UUID = re.compile(r"'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'")
_KEY = re.compile(r"(%\((low|high)\d\)s|'\d+')::\w+")


@pytest.fixture(scope="module")
def logging() -> Iterator[Cluster]:
    """A server that logs every message with the program and the database."""
    settings = {"log_statement": "all", "log_line_prefix": "@@%a|%d|"}
    with throwaway(settings=settings) as cluster:
        yield cluster


@pytest.fixture
def logged(logging: Cluster, request: pytest.FixtureRequest) -> Iterator[Base]:
    name = f"dry_{abs(hash(request.node.name))}"
    databases.create(logging.url(), name)
    with psycopg.connect(logging.url(name), autocommit=True) as session:
        yield Base(logging.url(name), session)


def sent(cluster: Cluster, base: Base, run: Callable[[], object]) -> list[str]:
    """Return the messages of the migrating session during *run*, reads left out."""
    name = base.session.info.dbname
    before = cluster.log.stat().st_size
    run()
    text = cluster.log.read_bytes()[before:].decode()
    found = []
    for entry in text.split("\n@@") if text.startswith("@@") else []:
        program, database, message = entry.removeprefix("@@").split("|", 2)
        kind, _, statement = message.replace("\n\t", "\n").partition("statement: ")
        if kind.strip() == "LOG:" and database == name:
            if program.startswith("todo-db migrate ("):
                found.append(_plain(statement))
    return [m for m in found if not m.lstrip().startswith("select")]


def _plain(message: str) -> str:
    text = _UUID.sub("?", _MOMENT.sub("?", message))
    return text.strip().rstrip(";").strip()


def printed(lines: Iterator[str]) -> list[str]:
    """Return the messages of a dry run, without the names of the files."""
    return [_plain(line) for line in lines if not line.startswith("-- /")]


@pytest.fixture
def kinds(folder: Folder) -> Folder:
    """A file of each kind but a backfill, one with a backslash and a role."""
    folder.add(
        "0001_add_a",
        "create table a (id int, t text default E'\\\\');\n-- it's\nselect 1",
        "drop table a;",
    )
    folder.add(
        "0002_index_a",
        "create index concurrently i on a (id)",
        "drop index concurrently if exists i;",
        header=OUTSIDE,
    )
    folder.add(
        "0003_make_steps",
        "create table s (); create table t ()",
        "drop table if exists t; drop table if exists s;",
        header=f"{OUTSIDE}\n-- lock_timeout: 5s",
    )
    return folder


def test_every_message_and_no_other(
    logging: Cluster, logged: Base, kinds: Folder
) -> None:
    for _ in range(2):  # the second time the bookkeeping is there
        dry = printed(dryrun.apply(logged.url, None, kinds.path, Options()))
        assert logged.tables() == []
        real = sent(logging, logged, lambda: logged.apply(kinds))
        assert real == dry
        assert len(real) > 10

        dry = printed(dryrun.rollback(logged.url, "0000", kinds.path, Options()))
        real = sent(logging, logged, lambda: logged.rollback(kinds, "0000"))
        assert real == dry


def test_what_was_interrupted(logging: Cluster, logged: Base, folder: Folder) -> None:
    folder.add(
        "0001_make_steps",
        "create table s (); create table t (x nothing); create table u ()",
        "drop table if exists u; drop table if exists t; drop table if exists s;",
        header=OUTSIDE,
    )
    with pytest.raises(Failure):
        logged.apply(folder)
    folder.edit("0001_make_steps.sql", "nothing", "int")
    dry = printed(dryrun.apply(logged.url, None, folder.path, Options()))
    assert not any("create table s ()\n;" in line for line in dry)
    assert any("create table t (x int)\n;" in line for line in dry)
    assert sent(logging, logged, lambda: logged.apply(folder)) == dry


def test_a_backfill_shows_one_batch_as_it_is_sent(
    logging: Cluster, logged: Base, folder: Folder
) -> None:
    folder.add(
        "0001_add_a",
        "create table a (id int primary key, x int); insert into a"
        " select n from generate_series(1, 5) as n",
    )
    folder.add(
        "0002_fill_a",
        "update a set x = 1 from batch where a.id = batch.id",
        header="-- backfill: public.a key id batch 2 pause 0ms",
    )
    dry = printed(dryrun.apply(logged.url, None, folder.path, Options()))
    real = sent(logging, logged, lambda: logged.apply(folder))
    dry, real = ([_batch(line) for line in lines] for lines in (dry, real))
    assert set(dry) <= set(real)
    first = dry.index(next(line for line in dry if "with batch" in line))
    at = [n for n, line in enumerate(real) if line == dry[first]][-1]
    # Between the messages of the backfill stands nothing that the dry run leaves out.
    assert real[at - 2 : at + 3] == dry[first - 2 : first + 3]
    assert real[-1] == dry[-1]


def _batch(message: str) -> str:
    lines = [line for line in message.split("\n") if not line.startswith("-- for")]
    text = _KEY.sub("?", "\n".join(lines))
    text = re.sub(r"position = '[^']*'", "position = ?", text)
    return re.sub(r"rows_done \+ \d+", "rows_done + ?", text)


def test_nothing_can_be_changed(logged: Base, kinds: Folder, tmp_path: Path) -> None:
    with dryrun.Script(logged.url, Options()) as session:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            session.connection.execute("create table x ()")
    migrate.apply(logged.url, directory=kinds.path)
    assert list(dryrun.apply(logged.url, None, kinds.path, Options()))
    assert len(logged.marks()) == 3
