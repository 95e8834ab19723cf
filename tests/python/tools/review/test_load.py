"""What other sessions wait while a migration runs, and what becomes of them."""

from __future__ import annotations

import pytest

from tests.python.tools.migrate.folder import Folder
from tools.review.load import Load, Wait
from tools.review.runner import FileRun, run, session

HELD = 0.4  # seconds
FEW = 10


def loaded(url: str, folder: Folder, sql: str) -> tuple[FileRun, dict[str, Wait]]:
    folder.add("0002_try_it", sql)
    load = Load(url, ["s.things", "s.people"])
    with session(url) as backend, load:
        done = run(backend, folder.files()[-1])
    waits = load.waits(done.began, done.ended)
    return done, {f"{wait.kind} of {wait.table}": wait for wait in waits}


@pytest.mark.parametrize(
    ("sql", "reads", "writes"),
    [
        ("lock table s.things in access exclusive mode", True, True),
        ("lock table s.things in share mode", False, True),
        ("lock table s.things in share update exclusive mode", False, False),
        ("update s.things set amount = 2", False, True),  # by its rows alone
    ],
)
def test_who_waits(
    url: str, folder: Folder, sql: str, reads: bool, writes: bool
) -> None:
    done, waits = loaded(url, folder, f"{sql}; select pg_sleep({HELD})")
    assert done.error is None
    for kind, waited in (("reads", reads), ("writes", writes)):
        wait = waits[f"{kind} of s.things"]
        # One try waits for the whole time, where else there is room for a hundred.
        assert (wait.tries <= FEW) == waited, wait
        assert wait.longest >= HELD / 2 or not waited
        assert 0 < wait.usual < HELD / 2
    assert waits["writes of s.people"].tries > FEW


def test_lock_after_rows_is_a_deadlock(url: str, folder: Folder) -> None:
    sql = "update s.things set amount = 2; select pg_sleep(0.2);"
    done, waits = loaded(url, folder, f"{sql} lock table s.things in share mode")
    errors = [wait.error for wait in waits.values() if wait.error]
    states = [error.sqlstate for error in (*done.retries, *errors)]
    assert "40P01" in states
    assert done.error is None


def test_dropped_column_ends_the_writer_only(url: str, folder: Folder) -> None:
    sql = "alter table s.things drop column done_at; select pg_sleep(0.1)"
    done, waits = loaded(url, folder, sql)
    assert done.error is None
    error = waits["writes of s.things"].error
    assert error is not None
    assert error.sqlstate == "42703"
    assert waits["reads of s.things"].error is None


def test_failing_statement_is_told(url: str, folder: Folder) -> None:
    done, _ = loaded(url, folder, "select 1;\n\nselect 1 / 0")
    assert done.error is not None
    assert done.error.where.endswith("0002_try_it.sql:5")
    assert str(done.error) == "22012 division by zero"
