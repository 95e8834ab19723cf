"""What a query of the mix may cost, and how its plan is judged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tools.bench.place import Plan

__all__ = ["Budget", "Found", "Plan", "judge", "nodes"]

# Where the planner may put the question who is asking: before any row.
_EARLY: Final = ("Index Cond", "One-Time Filter")
_ASKING: Final = "current_user_id"
# What comes first of a filter: whether the row is of the caller's space at all.
_FIRST: Final = re.compile(r"\(*\$?[\w. ()]+\)\[(?:\w+\.)?space_number\] IS NOT NULL")
_COLUMN: Final = re.compile(r'\((?:\w+\.)?"?(\w+)"? (?:=|<=|>=|<|>) ')


@dataclass(frozen=True)
class Budget:
    """What one query may cost in any space.

    Args:
        buffers: pages touched.
        rows: rows looked at, those that a filter or a sort drops included.
        index: one that the plan must use.
        asks: how often the identity may be asked.
        scanned: a table that is so small in the tests that it may be read whole.
    """

    buffers: int
    rows: int
    index: str | None = None
    asks: int = 3
    scanned: str | None = None


@dataclass(frozen=True)
class Found:
    """What one execution did.

    Args:
        plan: the plan's topmost node.
        asked: how often the identity was asked.
        indexes: the columns of each index, in order.
    """

    plan: Plan
    asked: int
    indexes: Mapping[str, Sequence[str]]


def judge(found: Found, budget: Budget) -> list[str]:
    """Give a sentence for each thing in which *found* is over *budget*."""
    plan, faults = found.plan, []
    buffers = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    if buffers > budget.buffers:
        faults.append(f"{buffers} buffers, {budget.buffers} allowed")
    rows = sum(map(_looked_at, nodes(plan)))
    if rows > budget.rows:
        faults.append(f"{rows:.0f} rows looked at, {budget.rows} allowed")
    faults += [
        f"sequential scan of {node['Relation Name']}"
        for node in nodes(plan)
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] != budget.scanned
    ]
    used = {node["Index Name"] for node in nodes(plan) if "Index Name" in node}
    if budget.index and budget.index not in used:
        faults.append(f"{budget.index} is not used; {', '.join(used) or 'none'} is")
    if found.asked > budget.asks:
        faults.append(f"identity asked {found.asked} times, {budget.asks} allowed")
    return faults + _late(plan) + list(_unmasked(plan)) + list(_walked(found))


def _unmasked(plan: Plan) -> Iterator[str]:
    """Say where the identity is not the first that a row is asked for."""
    for node in nodes(plan):
        scans = "Relation Name" in node and _reads(node)
        if scans and not _FIRST.match(node.get("Filter", "")):
            yield f"identity not first in the filter of {node['Relation Name']}"


def _walked(found: Found) -> Iterator[str]:
    """Say which index is read beyond what is wanted.

    Columns of a condition that do not stand at its beginning only choose among entries
    that are read anyway: all of the space's, for a value that is rare.
    """
    for node in nodes(found.plan):
        condition, name = node.get("Index Cond"), node.get("Index Name", "")
        if condition and name in found.indexes:
            asked = {match[1] for match in _COLUMN.finditer(condition)}
            columns = found.indexes[name]
            if set(columns[: len(asked)]) != asked:
                yield (
                    f"{name} ({', '.join(columns)}) is walked for"
                    f" {', '.join(sorted(asked))}"
                )


def _late(plan: Plan) -> list[str]:
    """Say where the identity is asked after a row was read, or is not asked at all."""
    seen = [
        (node["Node Type"], name)
        for node in nodes(plan)
        for name, text in node.items()
        if isinstance(text, str) and _ASKING in text and name != "Function Name"
    ]
    faults = [
        f"identity asked in the {name} of a {kind}"
        for kind, name in seen
        if name not in _EARLY
    ]
    reads = any("Relation Name" in node for node in nodes(plan) if _reads(node))
    if reads and not any(name in _EARLY for _, name in seen):
        faults.append("identity not asked before the rows are read")
    return faults


def _reads(node: Plan) -> bool:
    return "Scan" in node["Node Type"] and node.get("Schema", "app_data") == "app_data"


def _looked_at(node: Plan) -> float:
    """Count the rows that a scan or a sort has in hand."""
    if "Scan" not in node["Node Type"] and "Sort" not in node["Node Type"]:
        return 0
    dropped = node.get("Rows Removed by Filter", 0)
    dropped += node.get("Rows Removed by Index Recheck", 0)
    rows: float = (node["Actual Rows"] + dropped) * node["Actual Loops"]
    if "Sort" in node["Node Type"]:  # a top-n sort gives few, and takes many
        rows = sum(each["Actual Rows"] * each["Actual Loops"] for each in node["Plans"])
    return rows


def nodes(plan: Plan) -> Iterator[Plan]:
    """Give a plan's nodes from the top."""
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)
