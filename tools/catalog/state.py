"""Facts and dump of one database: two detectors that know nothing of each other."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools.catalog.compare import describe, differences
from tools.catalog.pgdump import dump
from tools.catalog.reader import Facts, facts

_SHOWN: Final = 60  # lines of a difference between dumps


@dataclass(frozen=True)
class State:
    """What one database is, under the name that messages give it."""

    name: str
    facts: Facts
    dump: str


def state(name: str, url: str, bin_dir: Path) -> State:
    """Read the database at *url* twice: by the catalogue, and by `pg_dump`.

    Args:
        name: what messages call it, such as `sql/`.
        url: an address that reads everything.
        bin_dir: with pg_dump, of the server's version.
    """
    with ThreadPoolExecutor(1) as beside:  # pg_dump works while we read
        dumping = beside.submit(dump, url, bin_dir=bin_dir)
        return State(name, facts(url), dumping.result())


def unlike(expected: State, actual: State) -> list[str]:
    """Say in words how two databases differ; an empty list means that they do not.

    The facts speak first. The dump speaks where they are silent: that is a gap in the
    queries, and better seen late than never.
    """
    found = differences(expected.facts, actual.facts)
    if found:
        return describe(found, expected.name, actual.name)
    if expected.dump == actual.dump:
        return []
    lines = list(_diff(expected, actual))
    rest = [f"… and {len(lines) - _SHOWN} lines more"] if len(lines) > _SHOWN else []
    return ["pg_dump finds a difference that the facts do not:", *lines[:_SHOWN], *rest]


def _diff(expected: State, actual: State) -> Iterator[str]:
    return difflib.unified_diff(
        expected.dump.splitlines(),
        actual.dump.splitlines(),
        expected.name,
        actual.name,
        n=2,
        lineterm="",
    )
