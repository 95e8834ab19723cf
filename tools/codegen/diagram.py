"""The entity-relationship diagram: as Mermaid, and drawn as SVG."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Final

from tools.codegen.facts import Facts, ForeignKey, Relation

_ROW, _HEAD, _PAD, _CHARACTER = 18, 26, 10, 7.3
_BETWEEN_LAYERS, _BETWEEN_BOXES = 110, 36
_STYLE: Final = """
text { font: 12px ui-monospace, monospace; fill: #222; }
.name { font-weight: bold; }
.type { fill: #777; }
.box { fill: #fff; stroke: #889; }
.head { fill: #dde6f5; stroke: #889; }
.line { fill: none; stroke: #667; stroke-width: 1.3; }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd; } .type { fill: #999; } .box { fill: #1b1d22; }
  .head { fill: #2c3a55; } .line { stroke: #99a; }
}
"""


def mermaid(facts: Facts) -> str:
    """Write the diagram in Mermaid's language, tables and references by name."""
    lines = ["erDiagram"]
    tables = _tables(facts)
    for table in tables.values():
        lines.append(f"    {_word(table.key)} {{")
        for column in table.columns:
            keys = _marks(table, column.name)
            mark = f" {', '.join(keys)}" if keys else ""
            lines.append(
                f"        {_word(column.type.name)} {_word(column.name)}{mark}"
            )
        lines.append("    }")
    for table in tables.values():
        for key in _references(table, tables):
            many = "|o" if _is_unique(table, key) else "}o"
            nullable = any(table.column(name).nullable for name in key.columns)
            target = _word(tables[key.target].key)
            label = key.name.removeprefix(f"{table.name}_").removesuffix("_fkey")
            one = "o|" if nullable else "||"
            lines.append(
                f'    {_word(table.key)} {many}--{one} {target} : "{_word(label)}"'
            )
    return "\n".join(lines) + "\n"


def svg(facts: Facts) -> str:
    """Draw the diagram: what is referred to stands left of what refers to it."""
    tables = _tables(facts)
    boxes = _placed(tables)
    width = max((box.x + box.width for box in boxes.values()), default=0) + 20
    height = max((box.y + box.height for box in boxes.values()), default=0) + 20
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg"'
        f' viewBox="0 0 {width:.0f} {height:.0f}"'
        f' width="{width:.0f}" height="{height:.0f}" role="img"'
        f' aria-label="Tables of schema {escape(facts.schema)} and their references">',
        f"<style>{_STYLE}</style>",
        *_lines(tables, boxes),
        *(part for name in tables for part in _drawn(tables[name], boxes[name])),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


@dataclass(frozen=True, slots=True)
class _Box:
    x: float
    y: float
    width: float
    height: float

    def row(self, number: int) -> float:
        """The middle of a column's line."""
        return self.y + _HEAD + _ROW * number + _ROW / 2


def _tables(facts: Facts) -> dict[str, Relation]:
    return {
        relation.address: relation
        for relation in facts.relations
        if relation.kind in ("table", "partitioned", "foreign")
    }


def _references(table: Relation, tables: Mapping[str, Relation]) -> list[ForeignKey]:
    return [key for key in table.foreign_keys if key.target in tables]


def _is_unique(table: Relation, reference: ForeignKey) -> bool:
    return any(set(key.columns) <= set(reference.columns) for key in table.keys)


def _marks(table: Relation, name: str) -> list[str]:
    marks = []
    if name in table.primary_key:
        marks.append("PK")
    if any(name in key.columns for key in table.foreign_keys):
        marks.append("FK")
    return marks


def _word(text: str) -> str:
    """A word that Mermaid takes as it stands."""
    return re.sub(r"[^\w-]+", "_", text).strip("_") or "unnamed"


def _placed(tables: Mapping[str, Relation]) -> dict[str, _Box]:
    """Put each table into the layer right of the last one that it refers to."""
    layers: defaultdict[int, list[str]] = defaultdict(list)
    known: dict[str, int | None] = {}
    for name in tables:
        layers[_layer(name, tables, known)].append(name)
    boxes: dict[str, _Box] = {}
    x = 20.0
    for number in sorted(layers):
        y, widest = 20.0, 0.0
        for name in layers[number]:
            box = _box(tables[name], x, y)
            boxes[name] = box
            y += box.height + _BETWEEN_BOXES
            widest = max(widest, box.width)
        x += widest + _BETWEEN_LAYERS
    return boxes


def _layer(
    name: str, tables: Mapping[str, Relation], known: dict[str, int | None]
) -> int:
    """The layer of a table, found once; one that is being looked for does not count."""
    found = known.get(name)
    if found is not None:
        return found
    known[name] = None
    targets = {key.target for key in _references(tables[name], tables)}
    further = [
        _layer(target, tables, known)
        for target in sorted(targets)
        if known.get(target, 0) is not None
    ]
    known[name] = found = 1 + max(further) if further else 0
    return found


def _box(table: Relation, x: float, y: float) -> _Box:
    longest = max(
        (len(c.name) + len(c.type.name) + 4 for c in table.columns), default=0
    )
    width = max(longest, len(table.name) + 2) * _CHARACTER + 2 * _PAD
    return _Box(x, y, width, _HEAD + _ROW * len(table.columns) + 6)


def _drawn(table: Relation, box: _Box) -> Iterator[str]:
    yield (
        f'<rect class="box" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}"'
        f' height="{box.height:.1f}" rx="4"/>'
    )
    yield (
        f'<rect class="head" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}"'
        f' height="{_HEAD}" rx="4"/>'
    )
    yield _text(box.x + _PAD, box.y + 17, table.name, "name")
    for number, column in enumerate(table.columns):
        y = box.row(number) + 4
        mark = "name" if column.name in table.primary_key else ""
        yield _text(box.x + _PAD, y, column.name, mark)
        yield _text(box.x + box.width - _PAD, y, column.type.name, "type", end=True)


def _text(x: float, y: float, text: str, kind: str, *, end: bool = False) -> str:
    anchor = ' text-anchor="end"' if end else ""
    shown = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{shown}{anchor}>{escape(text)}</text>'


def _lines(tables: Mapping[str, Relation], boxes: Mapping[str, _Box]) -> Iterator[str]:
    for name, table in tables.items():
        for number, key in enumerate(_references(table, tables)):
            yield _line(
                table, key, boxes[name], tables[key.target], boxes[key.target], number
            )


def _line(
    table: Relation,
    key: ForeignKey,
    box: _Box,
    target: Relation,
    target_box: _Box,
    number: int,
) -> str:
    """A curve from the referring column to the column it refers to."""
    pairs = list(zip(key.columns, key.target_columns, strict=True))
    own = [pair for pair in pairs if pair[1] in target.primary_key] or pairs
    here = [c.name for c in table.columns].index(own[-1][0])
    there = [c.name for c in target.columns].index(own[-1][1])
    y1, y2 = box.row(here), target_box.row(there)
    title = f"<title>{escape(key.name)}</title>"
    if table is target:
        x = box.x + box.width
        reach = x + 30 + 6 * number
        path = (
            f"M{x:.1f},{y1:.1f} C{reach:.1f},{y1:.1f}"
            f" {reach:.1f},{y2:.1f} {x:.1f},{y2:.1f}"
        )
    else:
        x1, x2 = box.x, target_box.x + target_box.width
        bend = max(40.0, (x1 - x2) / 2)
        path = (
            f"M{x1:.1f},{y1:.1f} C{x1 - bend:.1f},{y1:.1f}"
            f" {x2 + bend:.1f},{y2:.1f} {x2:.1f},{y2:.1f}"
        )
    return f'<path class="line" d="{path}">{title}</path>'
