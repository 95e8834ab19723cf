"""Waivers answer findings by key and reason, and only in their own file."""

from __future__ import annotations

from tests.python.tools.migrate.folder import Folder
from tools.review.findings import Finding, Severity, judge

STOP = Finding("truncate", Severity.STOP, "0002_try_it.sql:5", "Rows.", "0002_try_it")
NOTE = Finding("drop-view", Severity.NOTE, "0002_try_it.sql:9", "View.", "0002_try_it")


def with_header(folder: Folder, header: str) -> Folder:
    folder.add("0002_try_it", "select 1", header=header)
    return folder


def test_waiver_answers_its_key(folder: Folder) -> None:
    line = "-- waive: truncate: the table was never used\n"
    judged = judge([STOP, NOTE], with_header(folder, line).files())
    assert judged.verdict == "pass"
    ((finding, waiver),) = judged.waived
    assert finding == STOP
    assert waiver.reason == "the table was never used"
    assert waiver.where.endswith("0002_try_it.sql:2")


def test_waiver_of_another_file_does_not(folder: Folder) -> None:
    other = Finding(
        "truncate", Severity.STOP, "0001.sql:5", "Rows.", "0001_create_base"
    )
    files = with_header(folder, "-- waive: truncate: never used\n").files()
    assert judge([other, STOP], files).open == (other,)


def test_waiver_without_reason_stops(folder: Folder) -> None:
    judged = judge([STOP], with_header(folder, "-- waive: truncate\n").files())
    assert [one.key for one in judged.open] == ["waiver", "truncate"]
    assert judged.verdict == "stop"
    assert judged.waived == ()


def test_waiver_of_nothing_is_found(folder: Folder) -> None:
    judged = judge([], with_header(folder, "-- waive: cluster: at night\n").files())
    (one,) = judged.open
    assert (one.key, one.severity, judged.verdict) == ("waiver", Severity.LOOK, "look")


def test_waiver_below_the_leading_comments_is_none(folder: Folder) -> None:
    folder.add("0002_try_it", "select 1;\n-- waive: truncate: too late\nselect 2")
    assert judge([STOP], folder.files()).verdict == "stop"


def test_worst_first_and_once(folder: Folder) -> None:
    judged = judge([NOTE, STOP, NOTE], folder.files())
    assert judged.open == (STOP, NOTE)
