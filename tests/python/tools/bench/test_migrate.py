"""The benchmarks run, measure what they say, and refuse to flatter."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.bench import blocking, migrate
from tools.console import Failure
from tools.postgres.cluster import Cluster
from tools.postgres.throwaway import throwaway


def test_each_tool_applies_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(migrate, "_fetched", lambda *_: [])
    words = ["--count", "3", "--rounds", "1", "--fast"]
    assert migrate.main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    names = [line.split("|")[1].strip() for line in lines[3:6]]
    assert names == ["this project", "plain yoyo", "psql"]
    assert any("x plain yoyo, at most 0.5" in line for line in lines)
    assert "dbmate (npm) was not measured" in lines


def test_a_tool_that_does_less_is_refused(
    monkeypatch: pytest.MonkeyPatch, cluster: Cluster
) -> None:
    def lazy(*_: object) -> list[migrate.Tool]:
        return [migrate.Tool("lazy", lambda _: ["true"])]

    monkeypatch.setattr(migrate, "_tools", lazy)

    monkeypatch.setattr(migrate, "_expected", lambda: 3)

    with pytest.raises(Failure, match=r"lazy left 0\|0 triggers instead of 3"):
        migrate.main(["--rounds", "1", "--fast"])


@pytest.mark.parametrize(("check", "status"), [(True, 1), (False, 0)])
def test_a_missed_limit_is_said(
    capsys: pytest.CaptureFixture[str], check: bool, status: int
) -> None:
    times = {
        "this project": ([0.6], [0.2]),
        "plain yoyo": ([1.0], [0.2]),
        "dbmate (npm)": ([1.0], [0.1]),
    }
    assert migrate._print(times, check=check) == status
    said = capsys.readouterr().out
    assert "apply: 0.60 x plain yoyo, at most 0.5: MISSED" in said
    assert "apply: 0.60 x dbmate (npm), at most 1.6: kept" in said
    assert "nothing to do: 1.00 x plain yoyo, at most 1.2: kept" in said


def test_requests_are_measured_while_migrations_run(tmp_path: Path) -> None:
    limit, seconds, rate = 400, 10, 50
    with throwaway() as cluster:
        result = blocking.measure(
            cluster, tmp_path, rate=rate, limit=limit, seconds=seconds, reports=1
        )
    assert len(result.times) > rate * seconds / 2
    # The limit and a tenth, and 0.4 s for a machine that does other things as well;
    # a migration that does not give way waits for reports of up to 0.8 s each.
    assert result.times[-1] < limit / 1000 * blocking.SLACK + 0.4
    assert result.at(0.5) <= result.at(0.99) <= result.at(1)
