"""``views.py``: views as read-only models, apart from the tables' metadata."""

from __future__ import annotations

from collections.abc import Iterator

from tools.codegen.facts import Column, Relation
from tools.codegen.plan import Plan
from tools.codegen.source import docstring, indented, literal, module
from tools.codegen.viewcolumns import Origin


class Views:
    """Renders the module, and collects the imports it needs."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.lines = {
            "from sqlalchemy import Column",
            "from sqlmodel import Field",
            "from ._rows import ReadOnly, View",
        }

    def render(self) -> str | None:
        """Write the module; None where the role can read no view."""
        sections = [self._view(view) for view in self.plan.facts.views]
        if not sections:
            return None
        return module("Views: they are read, never written.", self.lines, sections)

    def _view(self, view: Relation) -> str:
        name = self.plan.classes[view.key]
        origin = self.plan.origins[view.key]
        readable = [column for column in view.columns if column.readable]
        key = [c.name for c in readable if c.name in origin.key] or [
            c.name for c in readable
        ]
        key = [name for name in key if _is_hashable(view.column(name))] or key
        body = [
            docstring(view.comment or name, *self._notes(origin, key)),
            f"__tablename__ = {literal(view.name)}\n"
            f'__table_args__ = {{"schema": {literal(view.schema)}}}',
            "\n".join(self._column(view, column, origin, key) for column in readable),
        ]
        inner = "\n\n".join(body)
        return f"class {name}(View, table=True):\n{indented(inner)}"

    def _notes(self, origin: Origin, key: list[str]) -> Iterator[str]:
        yield f"Rows are told apart by {', '.join(key)}."

    def _column(
        self, view: Relation, column: Column, origin: Origin, key: list[str]
    ) -> str:
        place = view.key, column.name
        code, lines = self.plan.annotation(place)
        type_, type_lines = self.plan.sqlalchemy_type(place)
        self.lines.update([*lines, *type_lines])
        nullable = column.name not in origin.never_null
        if column.name in key and type_.startswith("ARRAY("):
            # A key must be hashable.
            code = f"tuple[{code.removeprefix('list[').removesuffix(']')}, ...]"
            type_ = f"{type_.removesuffix(')')}, as_tuple=True)"
        arguments = [literal(column.name), type_]
        if column.name in key:
            arguments.append("primary_key=True")
        if nullable:
            arguments.append("nullable=True")
        comment = column.comment or self._comment_of(origin, column.name)
        given = [f"description={literal(comment)}"] if comment else []
        given.insert(0, "default=None")
        given.append(f"sa_column=Column({', '.join(arguments)})")
        optional = " | None" if nullable else ""
        attribute = self.plan.attributes[place]
        return f"{attribute}: ReadOnly[{code}{optional}] = Field({', '.join(given)})"

    def _comment_of(self, origin: Origin, name: str) -> str | None:
        """The comment of the table's column behind a view's column."""
        source = origin.sources.get(name)
        if source is None:
            return None
        return self.plan.facts.relation(source[0]).column(source[1]).comment


def _is_hashable(column: Column) -> bool:
    """Whether the column's values, as Python has them, can tell rows apart."""
    if column.type.array:
        return not column.type.domains
    return (
        column.type.base not in ("json", "jsonb") and column.type.kind != "multirange"
    )
