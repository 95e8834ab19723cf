"""The plain program `yoyo`, by the checkout's `yoyo.ini`: it runs on our backend."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.python.tools.migrate.folder import Base, Folder
from tools.project import MIGRATIONS, ROOT

PROGRAM = str(Path(sys.executable).with_name("yoyo"))
OUTSIDE = "-- transactional: false"


def yoyo(
    base: Base, folder: Folder | None, *words: str, answers: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the program on *base*; without a folder on what `yoyo.ini` says."""
    where = [str(folder.path)] if folder else []
    return subprocess.run(
        [PROGRAM, words[0], *(["-b"] if answers is None else []), *words[1:], *where],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": base.url},
        input=answers or "",
        capture_output=True,
        text=True,
        check=False,
    )


def listed(base: Base, folder: Folder | None) -> list[str]:
    """Return what `yoyo list` says, as `A 0001_add_a`."""
    done = yoyo(base, folder, "list")
    assert done.returncode == 0, done.stderr
    return [" ".join(line.split()[:2]) for line in done.stdout.splitlines()[2:]]


@pytest.fixture
def three(folder: Folder) -> Folder:
    """One file of each kind."""
    folder.add(
        "0001_add_a", "create table a (id int primary key, x int)", "drop table a;"
    )
    folder.add(
        "0002_index_a",
        "create index concurrently i on a (x)",
        "drop index concurrently if exists i;",
        header=OUTSIDE,
    )
    folder.add(
        "0003_fill_a",
        "update a set x = 1 from batch where a.id = batch.id",
        header="-- backfill: public.a key id",
    )
    return folder


def test_it_applies_lists_and_takes_back(base: Base, three: Folder) -> None:
    assert listed(base, three) == [
        "U 0001_add_a",
        "U 0002_index_a",
        "U 0003_fill_a",
    ]
    assert base.value("select to_regnamespace('todo_migrations') is null")
    done = yoyo(base, three, "apply")
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == base.marks()
    assert base.states() == dict.fromkeys(base.marks(), "applied")
    assert [line[0] for line in listed(base, three)] == ["A", "A", "A"]
    assert base.value("select to_regclass('todo_migrations.yoyo_lock') is null")
    assert base.apply(three) == []

    assert yoyo(base, three, "rollback").returncode == 0
    assert base.marks() == ["0001_add_a", "0002_index_a"]
    assert base.apply(three) == ["0003_fill_a"]
    assert yoyo(base, three, "rollback", "--all").returncode == 0
    assert base.tables() == []
    assert base.states() == {}
    assert yoyo(base, three, "apply", "-r", "0002").returncode == 0
    assert yoyo(base, three, "reapply", "-r", "0002").returncode == 0
    assert base.marks() == ["0001_add_a", "0002_index_a"]


def test_the_projects_own_migrations(base: Base) -> None:
    """`yoyo.ini` says where they are and which backend reads them."""
    done = yoyo(base, None, "apply")
    assert done.returncode == 0, done.stderr
    ids = [p.stem for p in sorted(MIGRATIONS.glob("[0-9]*.sql"))]
    ids = [id for id in ids if not id.endswith(".rollback")]
    assert listed(base, None) == [f"A {id}" for id in ids]
    assert yoyo(base, None, "rollback", "--all").returncode == 0
    assert base.tables() == []


def test_it_asks_where_it_is_not_told_not_to(base: Base, three: Folder) -> None:
    """Its own questions; what is answered no is not applied."""
    program = [sys.executable, "-c", _ON_A_TERMINAL, "apply", str(three.path)]
    done = subprocess.run(
        program,
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": base.url},
        input="y\nd\ny\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert base.marks() == ["0001_add_a"]


_ON_A_TERMINAL = """
import sys
from unittest import mock
with mock.patch("sys.stdout.isatty", lambda: True, create=True), \\
        mock.patch("yoyo.utils.getch", lambda: sys.stdin.readline()[:1], create=True):
    from yoyo.scripts.main import main
    sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("words", "match"),
    [
        (("apply", "-m", "0002"), "0002_index_a is not next: 0001_add_a comes before"),
        (("apply", "--force"), "--force would go on after an error"),
        (("mark",), "not marked by hand"),
        (("unmark",), "not unmarked by hand"),
        (("break-lock",), "nobody holds the lock"),
        (("apply", "--migration-table", "mine"), "not in mine"),
    ],
)
def test_what_it_may_not_do(
    base: Base, three: Folder, words: tuple[str, ...], match: str
) -> None:
    done = yoyo(base, three, *words)
    assert done.returncode == 1
    assert match in done.stderr
    assert "next: " in done.stderr
    assert base.tables() == []


def test_a_gap_cannot_be_taken_back(base: Base, three: Folder) -> None:
    base.apply(three)
    done = yoyo(base, three, "rollback", "--all", "-m", "0001")
    assert done.returncode == 1
    assert "0001_add_a is not next: 0003_fill_a comes before it" in done.stderr
    assert len(base.marks()) == 3


def test_an_edited_file_is_refused(base: Base, three: Folder) -> None:
    base.apply(three)
    three.edit("0001_add_a.sql", "table a", "table  a")
    three.add("0004_add_b", "create table b ()")
    for command in ("apply", "rollback"):
        done = yoyo(base, three, command)
        assert done.returncode == 1
        assert "0001_add_a.sql was edited after it had been applied" in done.stderr
    assert [line[0] for line in listed(base, three)] == ["A", "A", "A", "U"]


def test_a_failure_names_the_place_and_is_mended(base: Base, three: Folder) -> None:
    three.add("0004_add_b", "create table b (x nothing)")
    done = yoyo(base, three, "apply")
    assert done.returncode == 1
    assert '0004_add_b: type "nothing" does not exist (42704)' in done.stderr
    assert "0004_add_b.sql:3" in done.stderr
    assert len(base.marks()) == 3
    three.edit("0004_add_b.sql", "nothing", "int")
    assert yoyo(base, three, "apply").returncode == 0
    assert len(base.marks()) == 4


def test_what_stopped_midway_is_not_called_applied(base: Base, three: Folder) -> None:
    three.add(
        "0004_make_steps",
        "create table s ();\ncreate table t (x nothing)",
        header=OUTSIDE,
    )
    assert yoyo(base, three, "apply").returncode == 1
    assert listed(base, three)[-1] == "U 0004_make_steps"
    assert base.states()["0004_make_steps"] == "running"
    three.edit("0004_make_steps.sql", "nothing", "int")
    assert yoyo(base, three, "apply").returncode == 0
    assert listed(base, three)[-1] == "A 0004_make_steps"


def test_a_second_run_waits_for_the_first(base: Base, three: Folder) -> None:
    three.add("0004_sleep_long", "select pg_sleep(1)")
    runs = [
        subprocess.Popen(
            [PROGRAM, "apply", "-b", str(three.path)],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": base.url},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(3)
    ]
    said = [run.communicate(timeout=60)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0], said
    assert sum("0004_sleep_long" in text for text in said) == 1
