"""What was measured, as JSON: percentiles, and two runs compared."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from tools.console import Failure

Times: TypeAlias = dict[str, float]
FORMAT: Final = 1
# Two runs on a quiet machine differ by less; what differs by more is a finding.
NOISE: Final = 0.10


def summary(
    rounds: Sequence[Mapping[str, Sequence[float]]], seconds: float
) -> dict[str, Any]:
    """Sum up rounds of one system with so many clients.

    Args:
        rounds: milliseconds of each transaction, by kind.
        seconds: how long a round took.

    Returns:
        `tps`, the median of the rounds' transactions per second; `all`, the percentiles
        of all transactions; `kinds`, those of each kind.
    """
    kinds = {name: [t for each in rounds for t in each[name]] for name in rounds[0]}
    every = [time for times in kinds.values() for time in times]
    rates = [sum(map(len, each.values())) / seconds for each in rounds]
    return {
        "tps": statistics.median(rates),
        "all": percentiles(every),
        "kinds": {name: percentiles(times) for name, times in kinds.items() if times},
    }


def percentiles(times: Sequence[float]) -> Times:
    """Give how many there are, and the median, p95 and p99 in the unit of *times*."""
    ordered = sorted(times)
    if not ordered:
        raise Failure("no transaction came to its end", next="more --seconds")
    return {
        "n": len(ordered),
        **{
            name: round(ordered[min(int(len(ordered) * part), len(ordered) - 1)], 4)
            for name, part in (("median", 0.5), ("p95", 0.95), ("p99", 0.99))
        },
    }


@dataclass(frozen=True)
class Change:
    """A figure of both runs; smaller is better but for rates."""

    name: str
    before: float
    after: float

    @property
    def factor(self) -> float:
        """How many times as good the second run is."""
        if self.name.endswith("tps"):
            return self.after / self.before
        return self.before / self.after

    @property
    def verdict(self) -> str:
        """Say better, worse or same."""
        if self.factor < 1 - NOISE:
            return "worse"
        return "better" if self.factor > 1 + NOISE else "same"


def compare(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """Give each figure that both runs have.

    Raises:
        Failure: the runs are not of the same data.
    """
    for key in ("tasks", "seed", "postgresql", "cores"):
        if before["about"][key] != after["about"][key]:
            raise Failure(
                f"the two runs differ in {key}: {before['about'][key]} and "
                f"{after['about'][key]}, so that their figures say nothing together",
                next=f"python -m tools.bench run --tasks {before['about']['tasks']}",
            )
    old, new = dict(_figures(before)), dict(_figures(after))
    return [
        Change(name, old[name], new[name])
        for name in old
        if new.get(name) and old[name]
    ]


def _figures(run: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for figure in run.get("table", ()):
        yield f"table: {figure['what']}", figure["ours"]
    for part in ("mix", "app"):
        for system, by_clients in run.get(part, {}).items():
            if "n" in by_clients:
                continue
            for clients, found in by_clients.items():
                yield f"{part}: {system}, {clients} clients, tps", found["tps"]
                for kind, times in found["kinds"].items():
                    if times["n"] >= 50:  # fewer say too little
                        name = f"{part}: {system}, {clients} clients, {kind}"
                        yield name, times["median"]


def read(path: Path) -> dict[str, Any]:
    """Read what `run` has written.

    Raises:
        Failure: it is not there, or is something else.
    """
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Failure(
            f"cannot read {path}: {error}", next="python -m tools.bench run"
        ) from error
    if found.get("format") != FORMAT:
        raise Failure(f"{path} is not of this version's format", where=str(path))
    return found


def write(path: Path, found: Mapping[str, Any]) -> None:
    """Write a run, so that a diff of two files is readable."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
