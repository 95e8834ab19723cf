"""Figures are summed up, compared and shown without flattery."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tools.bench import __main__ as program
from tools.bench import report, results
from tools.bench.table import Figure, cells
from tools.console import Failure

ABOUT = {
    "date": "2026-01-01",
    "postgresql": "18.6",
    "cores": 2,
    "tasks": 1000,
    "people": 20,
    "seed": 1,
    "command": "python -m tools.bench run",
}


def test_percentiles() -> None:
    found = results.percentiles([float(n) for n in range(1, 101)])
    assert found == {"n": 100, "median": 51.0, "p95": 96.0, "p99": 100.0}
    assert results.percentiles([3.0])["p99"] == 3.0


@pytest.mark.parametrize(("ours", "met"), [(1.9, True), (2.0, True), (2.1, False)])
def test_a_figure_is_ok_or_short(ours: float, met: bool) -> None:
    figure = Figure("x", "ms", 1.0, ours, 2.0, "ratio")
    assert figure.is_met is met
    assert cells(figure)[-1] == ("ok" if met else "short")
    assert Figure("x", "buffers", None, 101, 100, "value").is_met is False


def test_two_runs_are_compared_with_a_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = run(), run()
    for kind in ("create", "today"):
        times = after["mix"]["todo_db"]["1"]["kinds"][kind]
        times["median"] *= 2 if kind == "create" else 0.5
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    results.write(old, before)
    results.write(new, after)
    assert program.main(["compare", str(old), str(new)]) == 1
    said = capsys.readouterr().out
    assert "worse   mix: todo_db, 1 clients, create" in said
    assert "1 better, 1 worse" in said
    assert program.main(["compare", str(old), str(old)]) == 0


@pytest.mark.parametrize("key", ["tasks", "cores", "postgresql", "seed"])
def test_runs_that_say_nothing_together_are_refused(key: str) -> None:
    other = run()
    other["about"][key] = "else"
    with pytest.raises(Failure, match=f"differ in {key}"):
        results.compare(run(), other)


def test_the_report_holds_the_figures_and_plots(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"before\n{report._BEGIN}\nold\n{report._END}\nafter\n")
    large = run()
    large["about"]["tasks"] = 10_000
    large["plans"]["today"]["middle"]["ms"] *= 3
    paths = report.write([run(), large], page)
    text = page.read_text()
    assert text.startswith("before") and text.endswith("after\n")
    assert "old" not in text and "10,000 tasks" in text
    assert "| today | 1.00 | 1.00 | 3.00 | 1.00 |" in text
    assert "4.00 times setting" in text
    plots = [path for path in paths if path.suffix == ".svg"]
    assert len(plots) == 4
    for path in plots:
        assert path.name in text
        ElementTree.parse(path)  # noqa: S314 - written a moment ago
    report.write([run(), large], page)
    assert page.read_text() == text


def test_a_page_without_a_place_for_figures_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("nothing")
    with pytest.raises(Failure, match="no place for the figures"):
        report.write([run()], page)


def run() -> dict[str, Any]:
    """Make a run of two systems, ours four times as fast."""
    kinds = {
        name: {"n": 100, "median": 1.0, "p95": 2.0, "p99": 3.0}
        for name in ("create", "today")
    }

    def each(tps: float) -> dict[str, Any]:
        found = {"tps": tps, "all": kinds["today"], "kinds": kinds}
        return copy.deepcopy({"1": found})

    spaces = {
        space: {"size": 5, "buffers": 10, "ms": 1.0}
        for space in ("largest", "middle", "typical", "empty")
    }
    figure = Figure("x", "ms", 1.0, 1.0, 2.0, "ratio")
    return {
        "format": results.FORMAT,
        "about": dict(ABOUT),
        "table": [figure.to_json()],
        "mix": {
            "todo_db": each(400.0),
            "setting": each(100.0),
            "pick": {"n": 9, "median": 0.02, "p95": 0.03, "p99": 0.04},
        },
        "plans": {"today": copy.deepcopy(spaces)},
    }
