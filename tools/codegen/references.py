"""References between tables: foreign keys, and those that follow from several.

Which columns a reference may write is decided here: keys of one space share a column,
which belongs to none of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tools.codegen.facts import ForeignKey, Relation

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


def find_references(
    tables: Mapping[str, Relation], spaces: Mapping[str, str]
) -> list[Reference]:
    """Give the references between *tables*, which are by address, in their order.

    Args:
        tables: those that have a class.
        spaces: the space column of each table that has one; no reference writes it.
    """
    implied = _implied(tables)
    return [
        reference
        for table in tables.values()
        for reference in _references(
            table,
            [*_direct(table, tables), *implied[table.address]],
            spaces.get(table.key),
        )
    ]


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
