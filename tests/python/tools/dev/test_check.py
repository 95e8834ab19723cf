"""The sum of all checks: nothing hides, everything counts, no database is touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.python.tools.checkouts import until
from tools.console import Failure
from tools.dev import check
from tools.dev.check import Result, Stage
from tools.project import ROOT

GOOD = Stage("good", ("this",))
Run = Callable[..., tuple[int, str]]
BAD = Stage("bad", ("json.tool", "/nonexistent/file"))


@pytest.fixture
def run_stages(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run given stages in place of the project's, and give status and output."""

    def run(*stages: Stage, words: tuple[str, ...] = ()) -> tuple[int, str]:
        monkeypatch.setattr(check, "stages", lambda: list(stages))
        status = check.main(words)
        captured = capsys.readouterr()
        return status, captured.out + captured.err

    return run


def test_all_good_ends_with_zero(run_stages: Run) -> None:
    status, said = run_stages(GOOD, Stage("other", ("this",)))
    assert status == 0
    assert said.rstrip().endswith("2 passed, 0 failed")
    assert "Beautiful is better" not in said, "output of a good stage is noise"


def test_a_failure_hides_nothing(run_stages: Run) -> None:
    status, said = run_stages(BAD, GOOD, Stage("worse", BAD.command))
    assert status == 1
    assert "No such file" in said
    assert "failed: bad, worse" in said
    assert ".venv/bin/python -m json.tool /nonexistent/file" in said
    assert "1 passed, 2 failed" in said


def test_output_is_shown_as_it_is(
    monkeypatch: pytest.MonkeyPatch, run_stages: Run, tmp_path: Path
) -> None:
    text = "[bold]x.py:100:89: of 'a' :smile:"
    (tmp_path / "speak.py").write_text(f"import sys\nsys.exit({text!r})\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert text in run_stages(Stage("speak", ("speak",)))[1]


def test_stages_are_chosen_by_their_first_words(run_stages: Run) -> None:
    status, said = run_stages(GOOD, BAD, words=("good",))
    assert status == 0
    assert "1 passed, 0 failed" in said
    with pytest.raises(Failure, match="no stage 'ugly'"):
        run_stages(GOOD, BAD, words=("ugly",))


def test_nobodys_database_reaches_a_stage(
    monkeypatch: pytest.MonkeyPatch, run_stages: Run, tmp_path: Path
) -> None:
    (tmp_path / "spy.py").write_text(
        "import os, sys\nsys.exit([k for k in os.environ if k in "
        "('DATABASE_URL', 'PGHOST', 'PGPASSWORD', 'TODO_SIGNING_KEY')] or 0)\n"
    )
    for name in ("DATABASE_URL", "PGHOST", "PGPASSWORD", "TODO_SIGNING_KEY"):
        monkeypatch.setenv(name, "production")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    status, said = run_stages(Stage("spy", ("spy",), {"PG_MAJOR": "15"}))
    assert status == 0, said


def test_a_stage_that_hangs_is_ended(
    monkeypatch: pytest.MonkeyPatch, run_stages: Run, tmp_path: Path
) -> None:
    (tmp_path / "hang.py").write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(check, "_LIMIT", 0.5)
    status, said = run_stages(Stage("hang", ("hang",)), GOOD)
    assert status == 1
    assert "did not end within" in said
    assert "1 passed, 1 failed" in said


def test_a_termination_ends_the_children(tmp_path: Path) -> None:
    (tmp_path / "long.py").write_text(
        "import os, pathlib, time\n"
        f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))\n"
        "time.sleep(60)\n"
    )
    program = (
        "from tools.dev import check\nfrom tools.console import run\n"
        "check.stages = lambda: [check.Stage('long', ('long',))]\n"
        "run(check.main)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, stderr=-3
    ) as process:
        until(lambda: (tmp_path / "pid").exists() and bool(read(tmp_path / "pid")))
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 143
    until(lambda: not Path(f"/proc/{read(tmp_path / 'pid')}/cwd").exists())


def read(path: Path) -> str:
    """Read a small file."""
    return path.read_text().strip()


@pytest.mark.parametrize(
    ("output", "status", "expected"),
    [
        ("....\n12 passed, 3 skipped in 1.20s", 0, (12, 0)),
        ("2 failed, 10 passed, 1 error in 9.1s", 1, (10, 3)),
        ("Files=3, Tests=40,  1 wallclock secs\nResult: PASS", 0, (40, 0)),
        (
            "a.sql (Wstat: 0 Tests: 9 Failed: 1)\n"
            "b.sql (Wstat: 256 Tests: 4 Failed: 2)\n"
            "Files=3, Tests=40,  1 wallclock secs\nResult: FAIL",
            1,
            (37, 3),
        ),
        ("All checks passed!", 0, (1, 0)),
        ("no tests ran in 0.01s", 5, (0, 1)),
        ("12 passed in 1.0s", 1, (12, 1)),
        ("", 1, (0, 1)),
    ],
)
def test_totals_are_read_from_what_tools_print(
    output: str, status: int, expected: tuple[int, int]
) -> None:
    assert Result(GOOD, status, 0.0, output).counts == expected


def test_the_projects_stages_cover_both_ends_of_the_versions() -> None:
    names = [stage.name for stage in check.stages()]
    for kind in ("pytest", "pgTAP"):
        assert f"{kind} on PostgreSQL 15" in names
    assert {"verify", "codegen", "lint ruff", "lint mypy", "lint sqlfluff"} <= set(
        names
    )
    assert len(names) == len(set(names))


def test_what_is_left_out_is_counted() -> None:
    assert Result(GOOD, 0, 0.0, "12 passed, 3 skipped in 1.20s").skipped == 3
    assert Result(GOOD, 0, 0.0, "12 passed in 1.20s").skipped == 0
