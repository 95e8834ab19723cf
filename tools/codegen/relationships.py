"""Relationships between the classes, derived from foreign keys and named by meaning.

Keys of one space share a column (`user_id`), so that a plain SQLAlchemy relationship
would copy it and could blank it out. Here a relationship copies only the columns that
are its own; the shared ones are compared and never written. One that has no column of
its own is read-only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from tools.codegen.facts import Facts, ForeignKey, Relation
from tools.codegen.names import (
    attribute,
    free,
    plural_name,
    row_name,
    singular_name,
)

Pairs = tuple[tuple[str, str], ...]
# Columns, the columns that they refer to, and whose those are.
Key = tuple[tuple[str, ...], tuple[str, ...], Relation]


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key, or one that follows from others; *own* columns may be written."""

    source: Relation
    target: Relation
    pairs: Pairs
    own: frozenset[str]
    optional: bool
    unique: bool
    named_by: str

    @property
    def to_itself(self) -> bool:
        return self.source is self.target


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
    implied = _implied(tables)
    taken = _Names()
    for name, used in attributes.items():
        taken.taken[name].update(used)
    references = [
        r
        for table in tables.values()
        for r in _references(
            table,
            [*_direct(table, tables), *implied[table.address]],
            spaces.get(table.key),
        )
    ]
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


def _references(table: Relation, all_: list[Key], space: str | None) -> list[Reference]:
    owner_of = _owners(table, [columns for columns, _, _ in all_], space)
    references = []
    for number, (columns, target_columns, target) in enumerate(all_):
        pairs = tuple(zip(columns, target_columns, strict=True))
        by_key = tuple(pair for pair in pairs if pair[1] in target.identity)
        if {there for _, there in by_key} == set(target.identity):
            pairs = by_key
        here = tuple(column for column, _ in pairs)
        own = frozenset(c for c in here if owner_of.get(c) == number)
        references.append(
            Reference(
                source=table,
                target=target,
                pairs=pairs,
                own=own,
                optional=any(table.column(c).nullable for c in columns),
                unique=any(set(key.columns) <= set(here) for key in table.keys),
                named_by=_naming_column(here, own, table),
            )
        )
    return references


def _usable(key: ForeignKey, source: Relation, target: Relation) -> bool:
    """Whether the role can read all columns on both sides."""
    return all(source.column(c).readable for c in key.columns) and all(
        target.column(c).readable for c in key.target_columns
    )


def _implied(tables: Mapping[str, Relation]) -> dict[str, list[Key]]:
    """References that follow: tasks → projects → users makes tasks.user_id a user's.

    They follow only through columns that are never null, since a foreign key with a
    null in it is not checked, and are found in rounds: what follows through one more
    table is found one round later, so that cycles end.
    """
    direct = {address: _direct(table, tables) for address, table in tables.items()}
    found: dict[str, dict[str, Key]] = {address: {} for address in tables}
    changed = True
    while changed:
        changed = False
        known = {at: [*direct[at], *_by_column(found[at])] for at in tables}
        for address, table in tables.items():
            single = {keys[0] for keys, _, _ in direct[address] if len(keys) == 1}
            for here, key in _further(table, direct[address], known):
                if here not in single and here not in found[address]:
                    found[address][here] = key
                    changed = True
    return {address: _by_column(found[address]) for address in tables}


def _direct(table: Relation, tables: Mapping[str, Relation]) -> list[Key]:
    return [
        (key.columns, key.target_columns, tables[key.target])
        for key in table.foreign_keys
        if key.target in tables and _usable(key, table, tables[key.target])
    ]


def _by_column(found: Mapping[str, Key]) -> list[Key]:
    return [found[column] for column in sorted(found)]


def _further(
    table: Relation, direct: Iterable[Key], known: Mapping[str, list[Key]]
) -> Iterator[tuple[str, Key]]:
    """What *table*'s columns refer to through the tables that it refers to."""
    for columns, target_columns, middle in direct:
        if middle is table or any(table.column(c).nullable for c in columns):
            continue
        for here, there in zip(columns, target_columns, strict=True):
            for via, ends, target in known[middle.address]:
                if via == (there,):
                    yield here, ((here,), ends, target)


def _owners(
    table: Relation, keys: list[tuple[str, ...]], space: str | None
) -> dict[str, int]:
    """Say which of the keys, by its place in *keys*, may write each column.

    The narrowest key owns a column: tasks.project_id belongs to the reference to the
    project, although the reference to the parent contains it too. The space, and any
    column of the primary key that several references share, belong to none.
    """
    uses: defaultdict[str, list[int]] = defaultdict(list)
    for number, columns in enumerate(keys):
        for column in columns:
            uses[column].append(number)
    owners: dict[str, int] = {}
    for name, users in uses.items():
        fact = table.column(name)
        shared = name == space or (name in table.identity and len(users) > 1)
        if shared or not (fact.insertable or fact.updatable):
            continue
        owners[name] = min(users, key=lambda number: (len(keys[number]), number))
    return owners


def _naming_column(here: tuple[str, ...], own: frozenset[str], table: Relation) -> str:
    """The column whose name says what the reference means."""
    candidates = [c for c in here if c in own] or [
        c for c in here if not table.column(c).generated
    ]
    by_suffix = [c for c in candidates if c.endswith("_id")]
    return (by_suffix or candidates or list(here))[-1]


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
