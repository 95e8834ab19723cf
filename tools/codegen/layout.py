"""Places boxes and routes lines around them, by ELK (npm), which minimises crossings.

A box has a port on both sides of each of its rows; a line leads from the right of one
row to the left of another, and never behind a box.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from tools import node
from tools.console import Failure

Point: TypeAlias = tuple[float, float]

# Right of each row there is a second port, for lines that come back to the same box.
_SIDES: Final = {"WEST": 0.0, "EAST": 0.0, "LOOP": 6.0}
_SCRIPT: Final = Path(__file__).with_suffix(".cjs")
_OPTIONS: Final = {
    "elk.algorithm": "layered",
    "elk.direction": "RIGHT",
    "elk.edgeRouting": "ORTHOGONAL",
    "elk.padding": "[left=20, top=20, right=20, bottom=20]",
    "elk.spacing.nodeNode": "36",
    "elk.spacing.edgeNode": "24",
    "elk.spacing.edgeEdge": "12",
    "elk.spacing.nodeSelfLoop": "34",
    "elk.layered.spacing.nodeNodeBetweenLayers": "60",
    "elk.layered.spacing.edgeNodeBetweenLayers": "34",
    "elk.layered.spacing.edgeEdgeBetweenLayers": "12",
    "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
    "elk.layered.thoroughness": "50",
}


@dataclass(frozen=True, slots=True)
class Box:
    """A box to be placed: its size, and how far down the middle of each row is."""

    width: float
    height: float
    rows: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line from a row of one box to a row of another, or of the same."""

    source: str
    source_row: int
    target: str
    target_row: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is: the upper left of each box, the corners of each line."""

    width: float
    height: float
    boxes: Mapping[str, Point]
    lines: Sequence[Sequence[Point]]


def placed(boxes: Mapping[str, Box], lines: Sequence[Line]) -> Layout:
    """Place *boxes*, what is referred to left of what refers to it.

    Raises:
        Failure: ELK cannot be installed, or gives up.
    """
    graph = {
        "id": "root",
        "layoutOptions": _OPTIONS,
        "children": [_box(name, box) for name, box in boxes.items()],
        "edges": [_edge(number, line) for number, line in enumerate(lines)],
    }
    found = json.loads(_asked(json.dumps(graph)))
    edges = {edge["id"]: edge["sections"] for edge in found.get("edges", ())}
    return Layout(
        found["width"],
        found["height"],
        {child["id"]: (child["x"], child["y"]) for child in found["children"]},
        [_corners(edges[str(number)]) for number in range(len(lines))],
    )


def _box(name: str, box: Box) -> dict[str, Any]:
    ports = [
        {
            "id": _port(name, row, side),
            "x": 0 if side == "WEST" else box.width,
            "y": y + below,
            "layoutOptions": {"elk.port.side": "WEST" if side == "WEST" else "EAST"},
        }
        for row, y in enumerate(box.rows)
        for side, below in _SIDES.items()
    ]
    return {
        "id": name,
        "width": box.width,
        "height": box.height,
        "ports": ports,
        "layoutOptions": {"elk.portConstraints": "FIXED_POS"},
    }


def _edge(number: int, line: Line) -> dict[str, Any]:
    within = line.source == line.target
    start, end = ("LOOP", "LOOP") if within else ("EAST", "WEST")
    return {
        "id": str(number),
        "sources": [_port(line.source, line.source_row, start)],
        "targets": [_port(line.target, line.target_row, end)],
    }


def _port(name: str, row: int, side: str) -> str:
    return f"{name}#{row}#{side}"


def _corners(sections: Sequence[Mapping[str, Any]]) -> list[Point]:
    (section,) = sections
    ends = (section["startPoint"], *section.get("bendPoints", ()), section["endPoint"])
    return [(point["x"], point["y"]) for point in ends]


def _asked(graph: str) -> str:
    try:
        return node.run(_SCRIPT, packages=node.modules("diagram"), input=graph)
    except (OSError, subprocess.SubprocessError) as error:
        raise Failure(
            f"elkjs could not place the diagram: {node.said(error)}",
            where=str(_SCRIPT),
            next="make codegen again; if it fails again, report it with the schema",
        ) from error
