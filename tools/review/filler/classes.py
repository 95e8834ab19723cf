"""Columns that must be equal because keys refer to each other, and their value."""

from __future__ import annotations

from collections.abc import Sequence

from tools.review.filler.schema import Reference, Schema, Table
from tools.review.filler.values import Candidate, keys

Place = tuple[str, str]


class Classes:
    """Groups of columns with one value per row, over a whole schema.

    Args:
        schema: whose references tie columns together.
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._parent: dict[Place, Place] = {}
        self._null: set[Place] = set()
        self._fixed: dict[Place, Candidate] = {}
        for table in schema.values():
            for reference in table.references:
                self._tie(table, reference)

    def order(self) -> list[str]:
        """Give the tables so that each comes after those that it refers to."""
        ordered: dict[str, None] = {}
        open_: set[str] = set()

        def visit(name: str) -> None:
            if name in ordered or name in open_:  # a circle is cut where it is met
                return
            open_.add(name)
            for reference in self._schema[name].references:
                visit(reference.target)
            ordered[name] = None

        for name in sorted(self._schema):
            visit(name)
        return list(ordered)

    def of(self, table: str, column: str) -> Sequence[Candidate]:
        """Give the candidates of a column that references tie to another, else none."""
        place = (table, column)
        if place not in self._parent:
            return ()
        root = self._root(place)
        if root in self._fixed:
            return (self._fixed[root],)
        owner = self._schema[root[0]].columns[root[1]]
        found = keys(owner, ".".join(root))
        mates = [p for p in self._parent if p[0] == table and self._root(p) == root]
        return found[:1] if len(mates) > 1 else found

    def fix(self, table: str, column: str, candidate: Candidate) -> None:
        """Take *candidate* for all columns that are tied to this one, if any are."""
        if (table, column) in self._parent and candidate.varied:
            self._fixed.setdefault(self._root((table, column)), candidate)

    def is_null(self, table: str, column: str) -> bool:
        """Tell whether a column stays null, so that its reference is not to be met."""
        return (table, column) in self._null

    def _tie(self, table: Table, reference: Reference) -> None:
        target = self._schema[reference.target]
        awkward = table is target or any(
            table.columns[c].generated for c in reference.columns
        )
        if awkward:
            # A tree of one level: no row stands below another.
            for name in reference.columns:
                column = table.columns[name]
                if not column.required and not column.generated:
                    self._null.add((table.name, name))
                    return
        pairs = zip(reference.columns, reference.target_columns, strict=True)
        for here, there in pairs:
            self._join((table.name, here), (target.name, there))

    def _join(self, here: Place, there: Place) -> None:
        """Put both into one group, whose root is what is referred to."""
        one, other = self._root(here), self._root(there)
        self._parent.setdefault(here, here)
        self._parent.setdefault(there, there)
        if one != other:
            self._parent[one] = other

    def _root(self, place: Place) -> Place:
        while (above := self._parent.get(place, place)) != place:
            place = above
        return place
