"""Writes docs/performance.md's figures and plots from what `run` has measured."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tools.bench import plot
from tools.bench.loading import OURS
from tools.bench.mix import MISSING, PICK
from tools.bench.table import Figure, cells
from tools.console import Failure

ISOLATING: Final = ("setting", "supabase", "vikunja")
_BEGIN: Final = "<!-- figures: written by python -m tools.bench report -->"
_END: Final = "<!-- end of the figures -->"
_NAMES: Final = {OURS: "todo-db"}


def write(runs: Sequence[dict[str, Any]], page: Path) -> list[Path]:
    """Put the figures of *runs* into *page*, and its plots beside it.

    Args:
        runs: of several scales; the largest is shown in full, all show the growth.
        page: a Markdown file with the two marks between which figures stand.

    Raises:
        Failure: the page has no such marks.
    """
    runs = sorted(runs, key=lambda run: int(run["about"]["tasks"]))
    plots = _plots(runs)
    home = page.with_suffix("")
    home.mkdir(exist_ok=True)
    for name, text in plots.items():
        (home / f"{name}.svg").write_text(text, "utf-8")
    text = page.read_text("utf-8")
    if _BEGIN not in text or _END not in text:
        raise Failure(
            f"{page.name} has no place for the figures",
            where=str(page),
            next=f"put these two lines into it: {_BEGIN} and {_END}",
        )
    body = "\n\n".join(_sections(runs, home.name, plots))
    pattern = re.compile(f"{re.escape(_BEGIN)}.*{re.escape(_END)}", re.DOTALL)
    new = pattern.sub(lambda _: f"{_BEGIN}\n\n{body}\n\n{_END}", text)
    page.write_text(new, "utf-8")
    return [page, *(home / f"{name}.svg" for name in plots)]


def _sections(
    runs: Sequence[dict[str, Any]], home: str, plots: Mapping[str, str]
) -> list[str]:
    run = runs[-1]
    about = run["about"]
    found = [
        f"Measured {about['date']} on PostgreSQL {about['postgresql']},"
        f" {about['cores']} cores, {about['tasks']:,} tasks of {about['people']:,}"
        f" people, seed {about['seed']}, commits not waiting for the disk:"
        f" `{about['command']}`.",
        "### What is wanted\n\n" + _wanted(run),
    ]
    if "mix" in run:
        found.append(f"### The mix, by pgbench\n\n{_mix(run)}")
        found.append(_images(home, plots, "mix"))
    if "app" in run:
        found.append("### The mix, through todo_db\n\n" + _rates(run["app"]))
        found.append(_images(home, plots, "app"))
    if "crowd" in run:
        found.append("### Many clients over twenty connections\n\n" + _crowd(run))
    if "plans" in run:
        found.append("### What grows\n\n" + _plans(run))
        found.append(_growth([each for each in runs if "plans" in each]))
        found.append(_images(home, plots, "growth"))
    if "wear" in run:
        found.append("### What writing leaves behind\n\n" + _wear(run["wear"]))
    return [section for section in found if section]


def _wanted(run: dict[str, Any]) -> str:
    names = ("what", "unit", "bare", "ours", "most", "limits")
    rows = [cells(Figure(**{k: f[k] for k in names})) for f in run["table"]]
    return _table(("", "specification", "ours", "ratio", "wanted", ""), rows)


def _mix(run: dict[str, Any]) -> str:
    mix = run["mix"]
    left_out = ", ".join(f"{name} ({share})" for name, share in MISSING.items())
    lines = [
        f"Left out, because it does not exist yet: {left_out}. Each transaction draws"
        f" somebody first, which is {mix[PICK]['median']:.3f} ms of each figure.",
        "",
        _rates({name: found for name, found in mix.items() if name != PICK}),
    ]
    verdict = _verdict(mix)
    return "\n".join([*lines, "", verdict])


def _verdict(mix: dict[str, Any]) -> str:
    """Say how ours stands to the best that isolates, and to what does not."""
    parts = []
    for clients, ours in mix[OURS].items():
        rivals = {name: mix[name][clients]["tps"] for name in ISOLATING if name in mix}
        if not rivals:
            continue
        best = max(rivals, key=lambda name: rivals[name])
        text = f"{clients} clients: {ours['tps'] / rivals[best]:.2f} times {best}"
        if "specification" in mix:
            bare = mix["specification"][clients]["tps"]
            text += f", {ours['tps'] / bare:.2f} times the specification's tables"
        parts.append(text)
    return (
        "Transactions per second beside the best peer that isolates (wanted ≥ 2), and"
        " beside the tables that protect nobody (wanted ≥ 1): " + "; ".join(parts) + "."
    )


def _rates(found: Mapping[str, Any]) -> str:
    rows = [
        (
            _NAMES.get(system, system),
            clients,
            f"{each['tps']:,.0f}",
            *(f"{each['all'][p]:.3g}" for p in ("median", "p95", "p99")),
        )
        for system, by_clients in found.items()
        for clients, each in by_clients.items()
    ]
    return _table(("", "clients", "per second", "median ms", "p95", "p99"), rows)


def _crowd(run: dict[str, Any]) -> str:
    crowd = run["crowd"]
    most = max(crowd, key=int)
    best = max(each["tps"] for n, each in crowd.items() if n != most)
    every = crowd[most]["all"]
    return (
        _rates({"todo-db, PgBouncer": crowd})
        + f"\n\n{most} clients: {crowd[most]['tps'] / best:.2f} times the best smaller"
        f" number (wanted ≥ 0.9), p99 {every['p99'] / every['median']:.1f} times the"
        " median (wanted ≤ 2.5)."
    )


def _growth(runs: Sequence[dict[str, Any]]) -> str:
    """Compare spaces of the same size in the smallest and the largest run."""
    if len(runs) < 2:
        return ""
    small, large = runs[0], runs[-1]
    rows = []
    for name, each in large["plans"].items():
        before = small["plans"].get(name)
        if before is None:
            continue
        pairs = [(before[space], each[space]) for space in ("middle", "typical")]
        rows.append(
            (
                name,
                *(f"{b['buffers'] / max(a['buffers'], 1):.2f}" for a, b in pairs),
                *(f"{b['ms'] / a['ms']:.2f}" for a, b in pairs),
            )
        )
    head = ("", "buffers, middle", "buffers, typical", "ms, middle", "ms, typical")
    tasks = [f"{run['about']['tasks']:,}" for run in (large, small)]
    return (
        f"{tasks[0]} tasks beside {tasks[1]}, in spaces alike (wanted ≤ 1.3):\n\n"
        + _table(head, rows)
    )


def _plans(run: dict[str, Any]) -> str:
    spaces = list(next(iter(run["plans"].values())))
    sizes = next(iter(run["plans"].values()))
    head = ("buffers, ms", *(f"{s} ({sizes[s]['size']:,})" for s in spaces))
    rows = [
        (name, *(f"{each[s]['buffers']:,}, {each[s]['ms']:.2g}" for s in spaces))
        for name, each in run["plans"].items()
    ]
    return _table(head, rows)


def _wear(wear: Mapping[str, Any]) -> str:
    commands = list(next(iter(wear.values()))["wal"])
    head = (
        "",
        *(f"WAL of {name}" for name in commands),
        "edits",
        "HOT",
        "growth",
        "HOT, notes",
    )
    rows = [
        (
            _NAMES.get(system, system),
            *(f"{each['wal'][name]:,.0f}" for name in commands),
            f"{each['updates']:,}",
            f"{each['hot']:.0%}",
            f"{each['growth']:.3f}",
            f"{each['hot_description']:.0%}" if "hot_description" in each else "",
        )
        for system, each in wear.items()
    ]
    return _table(head, rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _images(home: str, plots: Mapping[str, str], kind: str) -> str:
    names = [name for name in plots if name.startswith(kind)]
    return "\n".join(
        f"![{name.replace('-', ' ')}]({home}/{name}.svg)" for name in names
    )


def _plots(runs: Sequence[dict[str, Any]]) -> dict[str, str]:
    run, found = runs[-1], {}
    for part in ("mix", "app"):
        if part not in run:
            continue
        systems = {k: v for k, v in run[part].items() if k != PICK}
        rates = {
            _NAMES.get(name, name): {f"{n} clients": e["tps"] for n, e in each.items()}
            for name, each in systems.items()
        }
        found[f"{part}-throughput"] = plot.bars("The mix", "transactions/s", rates)
        medians = {
            kind: {
                _NAMES.get(name, name): each["1"]["kinds"][kind]["median"]
                for name, each in systems.items()
                if kind in each["1"]["kinds"]
            }
            for kind in next(iter(systems.values()))["1"]["kinds"]
        }
        found[f"{part}-latency"] = plot.bars(
            "Median, one client", "ms, logarithmic", medians, log=True
        )
    with_plans = [each for each in runs if "plans" in each]
    if len(with_plans) > 1:
        for key, unit in (("buffers", "buffers"), ("ms", "ms")):
            points = {
                name: [
                    (
                        each["about"]["tasks"],
                        max(each["plans"][name]["largest"][key], 0.01),
                    )
                    for each in with_plans
                    if name in each["plans"]
                ]
                for name in with_plans[-1]["plans"]
            }
            found[f"growth-{key}"] = plot.lines(
                "Largest space, over all tasks", unit, points
            )
    return found
