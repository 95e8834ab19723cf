"""Relationships between the classes, derived from foreign keys and named by meaning.

Keys of one space share a column (`user_id`), so that a plain SQLAlchemy relationship
would copy it and could blank it out. Here a relationship copies only the columns that
are its own; the shared ones are compared and never written. One that has no column of
its own is read-only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tools.codegen.facts import Facts, Relation
from tools.codegen.names import (
    attribute,
    free,
    plural_name,
    row_name,
    singular_name,
)
from tools.codegen.references import Pairs, Reference, find_references


@dataclass(frozen=True, slots=True)
class Relationship:
    """One direction of a reference, as an attribute of the class of *source*.

    Attributes:
        pairs: equal columns, of the source and of the target (or of the link table).
        copied: columns of the referring side that the relationship writes.
        link: the link table and its pairs with the target, of a many-to-many.
    """

    name: str
    source: Relation
    target: Relation
    pairs: Pairs
    copied: frozenset[str]
    referring: bool
    many: bool
    optional: bool
    reverse: str
    link: Relation | None = None
    link_pairs: Pairs = ()
    link_copied: frozenset[str] = frozenset()

    @property
    def writable(self) -> bool:
        return bool(self.copied)


@dataclass(slots=True)
class _Names:
    """Names in use on each class: columns first, then relationships."""

    taken: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def claim(self, relation: Relation, *wishes: str) -> str:
        taken = self.taken[relation.key]
        wishes = tuple(attribute(wish) for wish in wishes)
        name = next((wish for wish in wishes if wish not in taken), None)
        name = name or free(wishes[-1], taken)
        taken.add(name)
        return name


def find(
    facts: Facts, spaces: Mapping[str, str], attributes: Mapping[str, Iterable[str]]
) -> dict[str, list[Relationship]]:
    """Give the relationships of every table by its name, both directions of each.

    Args:
        facts: the schema.
        spaces: the space column of each table that has one; no relationship writes it.
        attributes: names that are in use on each table's class.
    """
    tables = {table.address: table for table in facts.mapped}
    taken = _Names()
    for name, used in attributes.items():
        taken.taken[name].update(used)
    references = find_references(tables, spaces)
    found: defaultdict[str, list[Relationship]] = defaultdict(list)
    links = {}
    by_source = defaultdict(list)
    for reference in references:
        by_source[reference.source.address].append(reference)
    for table in tables.values():
        ends = by_source[table.address]
        if _is_link(table, ends):
            first, second = sorted(_outer(ends), key=lambda r: r.named_by)
            links[table.key] = _fills_itself(table, ends)
            for one in _many_to_many(table, first, second, links[table.key], taken):
                found[one.source.key].append(one)
    for reference in references:
        pure = links.get(reference.source.key, False)
        for one in _both_ways(
            reference, by_source[reference.source.address], pure, taken
        ):
            found[one.source.key].append(one)
    return {name: sorted(all_, key=_order) for name, all_ in found.items()}


def _order(relationship: Relationship) -> tuple[bool, str]:
    return relationship.many, relationship.name


def _meaning(reference: Reference) -> str:
    """The forward name: project of project_id; else the target's own name."""
    stem = reference.named_by.removesuffix("_id")
    if stem != reference.named_by and stem:
        return stem
    return singular_name(reference.target.name)


def _outer(ends: list[Reference]) -> list[Reference]:
    """References of a link table with a column of their own."""
    return [end for end in ends if end.own]


def _is_link(table: Relation, ends: list[Reference]) -> bool:
    """Whether the key of *table* is made of two others' keys and nothing else."""
    outer = _outer(ends)
    if len(outer) != 2 or any(end.optional or end.to_itself for end in outer):
        return False
    keys = [{column for column, _ in end.pairs} for end in outer]
    return set().union(*keys) == set(table.identity) and all(keys)


def _fills_itself(table: Relation, ends: list[Reference]) -> bool:
    """Whether a row needs no more than the two keys, and the role may write it."""
    keys = {column for end in ends for column, _ in end.pairs}
    return (
        table.deletable
        and all(table.column(name).insertable for name in keys)
        and all(
            column.nullable or column.has_default
            for column in table.columns
            if column.name not in keys
        )
    )


def _many_to_many(
    link: Relation, first: Reference, second: Reference, pure: bool, taken: _Names
) -> Iterable[Relationship]:
    """The two ends see each other through *link*; only pure links are written."""
    there = _far_name(first, second)
    back = _far_name(second, first)
    there = taken.claim(first.target, there, f"{there}_by_{_meaning(second)}")
    back = taken.claim(second.target, back, f"{back}_by_{_meaning(first)}")
    # A new link row takes all columns of one end and the other's own column.
    near, far = [c for c, _ in first.pairs], [c for c in second.own]
    ends = ((first, second, there, back), (second, first, back, there))
    for near_end, far_end, name, reverse in ends:
        from_first = near_end is first
        yield Relationship(
            name=name,
            source=near_end.target,
            target=far_end.target,
            pairs=tuple((theirs, ours) for ours, theirs in near_end.pairs),
            copied=frozenset(near if from_first else far) if pure else frozenset(),
            referring=False,
            many=True,
            optional=False,
            reverse=reverse,
            link=link,
            link_pairs=far_end.pairs,
            link_copied=frozenset(far if from_first else near) if pure else frozenset(),
        )


def _far_name(near: Reference, far: Reference) -> str:
    meaning = _meaning(far)
    plain = plural_name(far.target.name)
    if near.target is far.target and meaning == singular_name(far.target.name):
        return f"{plain}_by_{_meaning(near)}"
    return plain if meaning == singular_name(far.target.name) else plural_name(meaning)


def _both_ways(
    reference: Reference, all_: list[Reference], pure: bool, taken: _Names
) -> Iterable[Relationship]:
    """The forward relationship and the one back; those of a pure link are read-only."""
    meaning = _meaning(reference)
    forward = taken.claim(
        reference.source, meaning, f"{meaning}_{singular_name(reference.target.name)}"
    )
    reverse = taken.claim(reference.target, *_reverse_names(reference, all_))
    copied = frozenset() if pure else reference.own
    yield Relationship(
        name=forward,
        source=reference.source,
        target=reference.target,
        pairs=reference.pairs,
        copied=copied,
        referring=True,
        many=False,
        optional=reference.optional,
        reverse=reverse,
    )
    yield Relationship(
        name=reverse,
        source=reference.target,
        target=reference.source,
        pairs=tuple((theirs, ours) for ours, theirs in reference.pairs),
        copied=copied,
        referring=False,
        many=not reference.unique,
        optional=reference.unique,
        reverse=forward,
    )


def _reverse_names(reference: Reference, all_: list[Reference]) -> list[str]:
    """What the target calls the rows that refer to it, the best name first."""
    table, meaning = reference.source.name, _meaning(reference)
    target = singular_name(reference.target.name)
    siblings = [
        other
        for other in all_
        if other.source is reference.source and other.target is reference.target
    ]
    plain = plural_name(table)
    if reference.unique:
        plain = row_name(reference.source)
    if reference.to_itself:
        wishes = [f"sub{plain}"] if len(siblings) == 1 else []
        return [*wishes, f"{plain}_by_{meaning}"]
    if len(siblings) > 1 and meaning != target:
        return [f"{plain}_by_{meaning}"]
    short = plain.removeprefix(f"{target}_")
    return [short, plain, f"{plain}_by_{meaning}"]
