"""Relationships as attributes of the table classes."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlacodegen.utils import render_callable

from tools.codegen.facts import Relation
from tools.codegen.plan import Plan
from tools.codegen.relationships import Relationship
from tools.codegen.source import literal


class Links:
    """Renders relationships, and collects the imports they need in `lines`."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.lines: set[str] = set()

    def render(self, one: Relationship) -> str:
        """Write the attribute of one direction."""
        self.lines.add("from sqlmodel import Relationship")
        self.lines.add("from sqlalchemy import and_")
        self.lines.add("from sqlalchemy.orm import foreign, remote")
        target = self.plan.classes[one.target.key]
        annotation = f'"{target}"'
        if one.many:
            annotation = f"list[{annotation}]"
        elif one.optional:
            self.lines.add("from typing import Optional")
            annotation = f"Optional[{annotation}]"
        options = dict(self._options(one))
        kwargs = {
            "back_populates": literal(one.reverse),
            "sa_relationship_kwargs": "{"
            + ", ".join(f"{key!r}: {value}" for key, value in options.items())
            + "}",
        }
        wrapper = "Mapped" if one.writable else "ReadOnly"
        value = render_callable("Relationship", kwargs=kwargs)
        return f"{one.name}: {wrapper}[{annotation}] = {value}"

    def _options(self, one: Relationship) -> Iterable[tuple[str, str]]:
        target = one.link or one.target
        yield (
            "primaryjoin",
            self._join(one.source, target, one.pairs, one.copied, one.referring),
        )
        if one.link is not None:
            secondary = f"{one.link.schema}.{one.link.name}"
            yield "secondary", repr(secondary)
            yield (
                "secondaryjoin",
                self._join(one.link, one.target, one.link_pairs, one.link_copied, True),
            )
            if one.writable and _cascades(one):
                yield "passive_deletes", "True"
        elif one.many and one.writable:
            # What becomes of the rows when this one goes is the foreign key's affair.
            yield "passive_deletes", "'all'"
        if not one.many and not one.referring:
            yield "uselist", "False"
        if not one.writable:
            yield "viewonly", "True"

    def _join(
        self,
        source: Relation,
        target: Relation,
        pairs: Iterable[tuple[str, str]],
        copied: Collection[str],
        referring: bool,
    ) -> str:
        """Equate the columns; `foreign` marks those that the relationship writes.

        Where it writes none, all columns of the referring side are marked, so that the
        direction is known.
        """
        conditions = []
        for here, there in pairs:
            left, right = self._side(source, here), self._side(target, there)
            marked = not copied or (here if referring else there) in copied
            if marked and referring:
                left = f"foreign({left})"
            elif marked:
                right = f"foreign({right})"
            if source is target:
                right = f"remote({right})"
            conditions.append(f"{left} == {right}")
        joined = ", ".join(conditions)
        return f"lambda: and_({joined})" if len(conditions) > 1 else f"lambda: {joined}"

    def _side(self, relation: Relation, column: str) -> str:
        attribute = self.plan.attributes[relation.key, column]
        return f"{self.plan.classes[relation.key]}.{attribute}"


def _cascades(one: Relationship) -> bool:
    """Whether link rows go with the source by the foreign key itself."""
    return one.link is not None and any(
        key.target == one.source.address and key.on_delete == "CASCADE"
        for key in one.link.foreign_keys
    )
