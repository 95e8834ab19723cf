"""Estimates, and what follows from figures."""

from __future__ import annotations

import pytest

from tests.python.tools.migrate.folder import Folder
from tools.review.effects import of_runs
from tools.review.findings import Severity
from tools.review.load import Wait
from tools.review.locks import Mode, Relation
from tools.review.measure import Measured
from tools.review.runner import Error, FileRun, StatementRun
from tools.review.watch import Work


def measured(folder: Folder, sql: str, work: Work, *times: float) -> Measured:
    """Give the result for a file of one statement on 100 and 400 rows."""
    folder.add("0002_try_it", sql)
    file = folder.files()[-1]
    (statement,) = file.statements
    found = Measured(400, 100)
    found.seconds[statement] = dict(zip((100, 400), times, strict=True))
    found.work[statement] = work
    found.locks = {statement: {Relation("s.things"): Mode.ACCESS_EXCLUSIVE}}
    run = FileRun(file, [StatementRun(statement, 0.0, 1.0, 2.0)])
    found.runs[file.id] = run
    return found


@pytest.mark.parametrize(
    ("work", "times", "expected"),
    [
        (Work(), (0.5, 0.1), 0.1),  # nothing grows: noise is not read as a slope
        (Work(rewritten=("s.things",)), (1.0, 4.0), 40.0),
        (Work(scanned={"s.things": 400}), (2.0, 3.0), 15.0),
        (Work(written={"s.things": 400}), (2.0, 1.0), 10.0),  # noise: in proportion
    ],
)
def test_estimate(
    folder: Folder, work: Work, times: tuple[float, float], expected: float
) -> None:
    found = measured(folder, "select 1", work, *times)
    (statement,) = found.seconds
    assert found.estimate(statement) == pytest.approx(expected)


def test_estimate_needs_both_sizes(folder: Folder) -> None:
    found = measured(folder, "select 1", Work(), 1.0, 1.0)
    (statement,) = found.seconds
    del found.seconds[statement][100]
    assert found.estimate(statement) is None


def test_rewrite_stops_and_says_who_waits(folder: Folder) -> None:
    work = Work(rewritten=("s.things",), scanned={"s.things": 400})
    (one,) = of_runs(measured(folder, "select 1", work, 0.1, 0.4))
    assert (one.key, one.severity) == ("table-rewrite", Severity.STOP)
    assert "about 4.0 s on 4,000 rows" in one.text
    assert "wait: reads, locking reads, writes" in one.text


def test_scan_under_lock_is_looked_at(folder: Folder) -> None:
    work = Work(scanned={"s.things": 400, "s.people": 400})
    (one,) = of_runs(measured(folder, "select 1", work, 0.1, 0.4))
    assert (one.key, one.severity) == ("scan-under-lock", Severity.LOOK)
    assert one.where.endswith("0002_try_it.sql:3")


def test_long_wait_and_deadlock(folder: Folder) -> None:
    found = measured(folder, "select 1", Work(), 0.1, 0.4)
    gone = Error("s.things", "writes", "42703", "column is gone")
    dead = Error("s.things", "writes", "40P01", "deadlock detected")
    found.waits["0002_try_it"] = [
        Wait("s.things", "reads", 1.5, 0.001),
        Wait("s.things", "writes", 0.5, 0.001, 9, gone),
        Wait("s.people", "writes", 0.5, 0.001, 9, dead),
    ]
    found.runs["0002_try_it"].ended = 2.0
    keys = [(one.key, one.severity) for one in of_runs(found)]
    assert keys == [("long-wait", Severity.LOOK), ("deadlock", Severity.STOP)]
    found.runs["0002_try_it"].ended = 0.1  # it was over before anybody could wait
    assert [one.key for one in of_runs(found)] == ["deadlock"]
