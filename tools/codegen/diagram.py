"""The entity-relationship diagram: as Mermaid, and drawn as SVG."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from tools.codegen.facts import Facts, ForeignKey, Relation
from tools.codegen.layout import Box, Line, Point, placed

_ROW, _HEAD, _PAD, _CHARACTER = 18, 26, 10, 7.3
# A bar is one, a ring none, a foot many.
_RING: Final = '<circle class="end" cx="{}" cy="7" r="4"/>'
_ENDS: Final = {
    "one": '<path class="end" d="M14,2 V12 M19,2 V12"/>',
    "zero-or-one": '<path class="end" d="M19,2 V12"/>' + _RING.format(11),
    "zero-or-more": '<path class="end" d="M24,1 L12,7 L24,13"/>' + _RING.format(8),
}
_STYLE: Final = """
text { font: 12px ui-monospace, monospace; fill: #222; }
.name { font-weight: bold; }
.type { fill: #777; }
.box { fill: #fff; stroke: #889; }
.head { fill: #dde6f5; stroke: #889; }
.line { fill: none; stroke: #667; stroke-width: 1.3; }
.end { fill: #fff; stroke: #667; stroke-width: 1.3; }
path.end { fill: none; }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd; } .type { fill: #999; } .box { fill: #1b1d22; }
  .head { fill: #2c3a55; } .line, .end { stroke: #99a; } circle.end { fill: #1b1d22; }
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
            target = _word(tables[key.target].key)
            label = key.name.removeprefix(f"{table.name}_").removesuffix("_fkey")
            one = "o|" if _is_nullable(table, key) else "||"
            lines.append(
                f'    {_word(table.key)} {many}--{one} {target} : "{_word(label)}"'
            )
    return "\n".join(lines) + "\n"


def svg(facts: Facts) -> str:
    """Draw the diagram: what is referred to stands left of what refers to it.

    Raises:
        Failure: what places boxes and lines cannot be installed.
    """
    tables = _tables(facts)
    boxes = {name: _box(table) for name, table in tables.items()}
    references = [
        _Reference(table, key, tables[key.target])
        for table in tables.values()
        for key in _references(table, tables)
    ]
    found = placed(boxes, [reference.line for reference in references])
    width, height = found.width, found.height
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg"'
        f' viewBox="0 0 {width:.0f} {height:.0f}"'
        f' width="{width:.0f}" height="{height:.0f}" role="img"'
        f' aria-label="Tables of schema {escape(facts.schema)} and their references">',
        f"<style>{_STYLE}</style>",
        *_ends(),
        *map(_drawn_line, references, found.lines),
        *(
            part
            for name, table in tables.items()
            for part in _drawn(table, boxes[name], found.boxes[name])
        ),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


@dataclass(frozen=True, slots=True)
class _Reference:
    """A foreign key between two tables of the diagram."""

    table: Relation
    key: ForeignKey
    target: Relation

    @property
    def line(self) -> Line:
        """From the column that is referred to, the last that tells rows apart."""
        pairs = list(zip(self.key.columns, self.key.target_columns, strict=True))
        own = [pair for pair in pairs if pair[1] in self.target.primary_key] or pairs
        here = [column.name for column in self.table.columns].index(own[-1][0])
        there = [column.name for column in self.target.columns].index(own[-1][1])
        return Line(self.target.address, there, self.table.address, here)

    @property
    def ends(self) -> tuple[str, str]:
        """How many there may be at the target and at the table, for each other's."""
        one = "zero-or-one" if _is_nullable(self.table, self.key) else "one"
        many = "zero-or-one" if _is_unique(self.table, self.key) else "zero-or-more"
        return one, many

    @property
    def title(self) -> str:
        one, many = (end.replace("-", " ") for end in self.ends)
        return (
            f"{self.key.name}: {many} {self.table.name} to {one} of {self.target.name}"
        )


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


def _is_nullable(table: Relation, reference: ForeignKey) -> bool:
    return any(table.column(name).nullable for name in reference.columns)


def _box(table: Relation) -> Box:
    longest = max(
        (len(c.name) + len(c.type.name) + 4 for c in table.columns), default=0
    )
    width = max(longest, len(table.name) + 2) * _CHARACTER + 2 * _PAD
    rows = tuple(_HEAD + _ROW * (n + 0.5) for n in range(len(table.columns)))
    return Box(width, _HEAD + _ROW * len(table.columns) + 6, rows)


def _drawn(table: Relation, box: Box, place: Point) -> Iterator[str]:
    x, y = place
    yield (
        f'<rect class="box" x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}"'
        f' height="{box.height:.1f}" rx="4"/>'
    )
    yield (
        f'<rect class="head" x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}"'
        f' height="{_HEAD}" rx="4"/>'
    )
    yield _text(x + _PAD, y + 17, table.name, "name")
    for row, column in zip(box.rows, table.columns, strict=True):
        down = y + row + 4
        mark = "name" if column.name in table.primary_key else ""
        yield _text(x + _PAD, down, column.name, mark)
        yield _text(x + box.width - _PAD, down, column.type.name, "type", end=True)


def _text(x: float, y: float, text: str, kind: str, *, end: bool = False) -> str:
    anchor = ' text-anchor="end"' if end else ""
    shown = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{shown}{anchor}>{escape(text)}</text>'


def _ends() -> Iterator[str]:
    """The ends of lines in crow's foot notation, the tip at the right."""
    yield "<defs>"
    for name, shape in _ENDS.items():
        yield (
            f'<marker id="end-{name}" viewBox="0 0 24 14" refX="24" refY="7"'
            ' markerWidth="24" markerHeight="14" markerUnits="userSpaceOnUse"'
            f' orient="auto-start-reverse">{shape}</marker>'
        )
    yield "</defs>"


def _drawn_line(reference: _Reference, corners: Sequence[Point]) -> str:
    one, many = reference.ends
    path = " L".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    return (
        f'<path class="line" d="M{path}" marker-start="url(#end-{one})"'
        f' marker-end="url(#end-{many})">'
        f"<title>{escape(reference.title)}</title></path>"
    )
