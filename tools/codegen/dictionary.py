"""The data dictionary: what there is, who may do what with it, and why it is there.

The content is put together once, as sections of paragraphs and grids; how it looks is
the business of `markdown` and `html`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tools.codegen.facts import Column, Facts, ForeignKey, Function, Relation
from tools.codegen.plan import Plan


@dataclass(frozen=True, slots=True)
class Code:
    """A text that is code, on one line, what is invisible in its literals escaped."""

    source: str

    @property
    def text(self) -> str:
        parts = re.split(r"('(?:[^']|'')*')", self.source)
        return "".join(
            _visible(part) if number % 2 else re.sub(r"\s+", " ", part)
            for number, part in enumerate(parts)
        ).strip()


def _visible(literal: str) -> str:
    named = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}
    return "".join(named.get(character, character) for character in literal)


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads to the section with an anchor."""

    text: str
    anchor: str


Cell = str | Code | Link | None


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with a title."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One object: its anchor, heading, text and grids."""

    anchor: str
    kind: str
    name: str
    text: str
    grids: tuple[Grid, ...] = ()
    facts: tuple[str, ...] = field(default=())


def sections(plan: Plan, internals: Facts | None = None) -> list[Section]:
    """Give the dictionary of the schema: relations, closed sets, functions.

    Args:
        internals: schemas that no application names, whose references are told, too.
    """
    facts = plan.facts
    others = () if internals is None else internals.relations
    return [
        *(_relation(facts, relation, plan, others) for relation in _whole(facts)),
        *_closed_sets(plan),
        *(_function(function, function.signature) for function in facts.functions),
    ]


def internal_sections(internals: Facts) -> list[Section]:
    """Give the dictionary of schemas that no application names."""
    return [
        *(_relation(internals, relation) for relation in _whole(internals)),
        *(
            _function(function, f"{function.schema}.{function.signature}")
            for function in internals.functions
        ),
    ]


def _whole(facts: Facts) -> list[Relation]:
    return [relation for relation in facts.relations if relation.kind != "partition"]


def anchor(kind: str, name: str) -> str:
    """The anchor of an object's section."""
    return f"{kind}-{name}".replace("_", "-").lower()


def summary(plan: Plan) -> str:
    """Say how much of the checks the models say, and what they do not."""
    parts = unsaid = 0
    for table in plan.tables:
        parts += plan.limits[table.key].parts
        unsaid += len(plan.limits[table.key].unsaid)
    share = 100 * (parts - unsaid) / parts if parts else 100
    return (
        f"{parts - unsaid} of {parts} parts of CHECKs ({share:.0f} %) are said in"
        f" Python, {unsaid} by the database only."
    )


def _relation(
    facts: Facts,
    relation: Relation,
    plan: Plan | None = None,
    others: Iterable[Relation] = (),
) -> Section:
    kind = "view" if relation.is_view else "table"
    name = relation.address if plan is None else relation.key
    return Section(
        anchor(kind, name),
        kind,
        name,
        relation.comment or "",
        tuple(g for g in _grids(facts, relation, plan, others) if g.rows),
        tuple(_about(facts, relation, plan)),
    )


def _about(facts: Facts, relation: Relation, plan: Plan | None) -> Iterator[str]:
    if plan is not None and relation.key in plan.classes:
        yield f"Class {plan.classes[relation.key]}"
    elif facts.role:
        yield f"Not visible to {facts.role}"
    if facts.behind and relation.home and not relation.is_view:
        yield (
            f"Table {facts.behind}.{relation.name} behind the view {relation.address}"
        )
    if not relation.is_view:
        yield f"Row-level security: {relation.row_security}"


def _grids(
    facts: Facts, relation: Relation, plan: Plan | None, others: Iterable[Relation]
) -> Iterator[Grid]:
    columns = tuple(_column(plan, relation, column) for column in relation.columns)
    head = ("Column", "Type", "Null", "Default", facts.role or "Owner", "Meaning")
    yield Grid("Columns", head, columns)
    yield Grid(
        "Keys and references", ("Name", "What", "Serves"), tuple(_keys(relation))
    )
    yield Grid(
        "Referenced by",
        ("Table", "Reference", "What"),
        tuple(_referring(facts, relation, others, short=plan is not None)),
    )
    if plan is None:
        checks = tuple((Code(c.name), Code(c.expression)) for c in relation.checks)
        yield Grid("Checks", ("Name", "Condition"), checks)
    else:
        yield Grid(
            "Checks",
            ("Name", "Condition", "Said in Python"),
            tuple(_checks(plan, relation)),
        )
    yield Grid(
        "Indexes",
        ("Name", "Definition", "Serves"),
        tuple(
            (Code(i.name), Code(i.definition.partition(" USING ")[2]), i.comment)
            for i in relation.indexes
        ),
    )
    yield Grid(
        "Policies",
        ("Name", "Command", "Roles", "Rows seen", "Rows written"),
        tuple(
            (
                Code(p.name),
                p.command if p.permissive else f"{p.command}, restrictive",
                ", ".join(p.roles),
                Code(p.using) if p.using else None,
                Code(p.check) if p.check else None,
            )
            for p in relation.policies
        ),
    )
    yield Grid(
        "Triggers",
        ("Name", "What it does"),
        tuple((Code(t.name), t.comment) for t in relation.triggers),
    )
    yield Grid(
        "Privileges",
        ("Role", "Privilege", "Columns"),
        tuple(
            (g.role, g.privilege, ", ".join(g.columns) if g.columns else "all")
            for g in relation.grants
        ),
    )


def _column(plan: Plan | None, relation: Relation, column: Column) -> tuple[Cell, ...]:
    default = column.default
    if column.generated:
        default = f"generated: {default}"
    elif column.identity:
        default = "identity"
    closed = plan and plan.closed_sets.get((relation.key, column.name))
    type_: Cell = Code(column.type.name)
    if closed:
        type_ = Link(closed.name, anchor("enum", closed.name))
    may = [word for word in ("select", "insert", "update") if word in column.may]
    if column.generated:
        may = [word for word in may if word == "select"]
    return (
        Code(column.name),
        type_,
        "yes" if column.nullable else "no",
        Code(default) if default else None,
        ", ".join(may) or "nothing",
        column.comment,
    )


def _keys(relation: Relation) -> Iterator[tuple[Cell, ...]]:
    for key in relation.keys:
        kind = "primary key" if key.primary else "unique"
        yield Code(key.name), f"{kind} ({', '.join(key.columns)})", key.comment
    for one in relation.foreign_keys:
        target = one.target.rpartition(".")[2]
        yield (
            Code(one.name),
            f"({', '.join(one.columns)}) refers to {target}"
            f" ({', '.join(one.target_columns)}), on delete {one.on_delete.lower()}",
            one.comment,
        )


def _referring(
    facts: Facts, relation: Relation, others: Iterable[Relation], *, short: bool
) -> Iterator[tuple[Cell, ...]]:
    """What leads here: in the schema with a link, in *others* by its address."""
    names = {relation.address, f"{facts.behind}.{relation.name}"}
    for table in facts.relations:
        for key in table.foreign_keys:
            if key.target == relation.address:
                name = table.key if short else table.address
                yield Link(name, anchor("table", name)), Code(key.name), _what(key)
    for table in others:
        for key in table.foreign_keys:
            if key.target in names:
                yield table.address, Code(key.name), _what(key)


def _what(key: ForeignKey) -> str:
    return f"({', '.join(key.columns)}), on delete {key.on_delete.lower()}"


def _checks(plan: Plan, relation: Relation) -> Iterator[tuple[Cell, ...]]:
    limits = plan.limits.get(relation.key)
    unsaid = {part.constraint: part.reason for part in limits.unsaid} if limits else {}
    visible = relation.key in plan.classes
    for check in relation.checks:
        reason = unsaid.get(check.name)
        said = f"no: {reason}" if reason else "yes" if visible else "no class"
        yield Code(check.name), Code(check.expression), said


def _closed_sets(plan: Plan) -> Iterator[Section]:
    for closed in plan.enums():
        rows = tuple((Code(value), Code(name)) for name, value in closed.members)
        places = ", ".join(".".join(place) for place in closed.places)
        yield Section(
            anchor("enum", closed.name),
            "enum",
            closed.name,
            closed.comment or "",
            (Grid("Values", ("Value", "Member"), rows),),
            (f"Used by {places}",) if places else (),
        )


def _function(function: Function, signature: str) -> Section:
    rows = tuple(
        (Code(a.name), Code(a.type.name), a.mode, "yes" if a.has_default else "no")
        for a in function.arguments
    )
    returns = function.returns.name
    facts = [
        f"Returns {'set of ' if function.returns_set else ''}{returns}",
        function.volatility,
        f"For {', '.join(function.roles)}" if function.roles else "For its owner only",
    ]
    if function.security_definer:
        facts.append("runs as its owner")
    grid = Grid("Arguments", ("Name", "Type", "Mode", "Default"), rows)
    return Section(
        anchor("function", signature.partition("(")[0]),
        "function",
        signature,
        function.comment or "",
        (grid,) if rows else (),
        tuple(facts),
    )
