"""``models.py``: for every table what may be sent, changed and shown.

The role's privileges are the truth: `…Create` takes what it may insert, `…Update` what
it may update, `…Public` shows what it may select. The space comes from the session.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tools.codegen import defaults
from tools.codegen.facts import Column, Relation
from tools.codegen.limits import Rule
from tools.codegen.plan import Plan, Use
from tools.codegen.source import Code, bullets, docstring, indented, literal, module

# More columns than these have too many ways of being null to name each.
FEW = 4
_MAKING = "Make the row, in no session yet; `RuleError` if a rule is broken."
_CHANGING = "Set on *row* what was given; `RuleError` if a rule would be broken."


class Models:
    """Renders the models of all tables, and collects the imports they need."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.lines: set[str] = {"from pydantic import Field"}

    def render(self) -> str:
        """Write the module."""
        sections = [code for table in self.plan.tables for code in self._of(table)]
        return module(
            "Inputs and outputs: what may be sent, changed and shown of each table.",
            self.lines,
            sections,
        )

    def _of(self, table: Relation) -> Iterator[str]:
        fields = list(self.plan.fields(table, "Create"))
        if fields:
            yield self._create(table, fields)
        fields = list(self.plan.fields(table, "Update"))
        if fields:
            yield self._update(table, fields)
        yield self._public(table)

    def _create(self, table: Relation, fields: list[Column]) -> str:
        name = self.plan.classes[table.key]
        self.lines |= {"from ._models import Create", f"from .tables import {name}"}
        space = self._space(table)
        parameters, passed = "", ""
        if space:
            annotation, lines = self.plan.annotation((table.key, space))
            self.lines.update(lines)
            attribute = self.plan.attributes[table.key, space]
            parameters = f", *, {attribute}: {annotation}"
            passed = f", {attribute}={attribute}"
        body = [
            docstring(
                f"A new row: {table.comment or name}", *self._caveats(table, "Create")
            ),
            self._rules(table, "Create"),
            "\n".join(self._created(table, column) for column in fields),
            f"def to_row(self{parameters}) -> {name}:\n"
            f'    """{_MAKING}"""\n'
            f"    return self._make({name}{passed})",
        ]
        return _class(f"{name}Create(Create, frozen=True)", body)

    def _update(self, table: Relation, fields: list[Column]) -> str:
        name = self.plan.classes[table.key]
        self.lines |= {"from ._models import Update", f"from .tables import {name}"}
        body = [
            docstring(
                f"A change: {table.comment or name}", *self._caveats(table, "Update")
            ),
            self._rules(table, "Update"),
            "\n".join(self._field(table, column, "omitted") for column in fields),
            f"def apply(self, row: {name}) -> {name}:\n"
            f'    """{_CHANGING}"""\n'
            "    return self._apply(row)",
        ]
        self.lines.add("from ._models import omitted")
        return _class(f"{name}Update(Update, frozen=True)", body)

    def _public(self, table: Relation) -> str:
        name = self.plan.classes[table.key]
        self.lines.add("from ._models import Public")
        columns = [column for column in table.columns if column.readable]
        body = [
            docstring(table.comment or name),
            "\n".join(self._shown(table, column) for column in columns),
        ]
        return _class(f"{name}Public(Public, frozen=True)", body)

    def _space(self, table: Relation) -> str | None:
        space = self.plan.spaces.get(table.key)
        return space if space and table.column(space).readable else None

    # Fields.

    def _created(self, table: Relation, column: Column) -> str:
        if not column.has_default:
            default = "None" if column.nullable else ""
            return self._field(table, column, default)
        found = defaults.constant(self.plan.closed_sets, table, column)
        if found is None:
            self.lines.add("from ._models import omitted")
            return self._field(table, column, "omitted")
        code, lines = found
        self.lines.update(lines)
        return self._field(table, column, code)

    def _field(self, table: Relation, column: Column, default: str) -> str:
        place = table.key, column.name
        code, lines = self.plan.aliases.of(place)
        self.lines.update(lines)
        if column.nullable:
            code += " | None"
        arguments = []
        if default == "omitted":
            arguments.append("default_factory=omitted")
        elif default:
            arguments.append(f"default={default}")
        return self._line(place, code, arguments, column)

    def _shown(self, table: Relation, column: Column) -> str:
        place = table.key, column.name
        code, lines = self.plan.annotation(place)
        self.lines.update(lines)
        if "Range[" in code:
            self.lines |= {"from typing import Annotated", "from ._values import RANGE"}
            code = f"Annotated[{code}, RANGE]"
        elif column.type.array and code.startswith("list["):
            self.lines |= {
                "from typing import Annotated",
                "from ._values import NESTED",
            }
            code = f"Annotated[{code}, NESTED]"
        if column.nullable:
            code += " | None"
        return self._line(place, code, [], column, shown=True)

    def _line(
        self,
        place: tuple[str, str],
        code: str,
        arguments: list[str],
        column: Column,
        *,
        shown: bool = False,
    ) -> str:
        attribute = self.plan.attributes[place]
        if attribute != column.name and shown:
            self.lines.add("from pydantic import AliasChoices")
            choices = f"{literal(attribute)}, {literal(column.name)}"
            arguments.append(f"validation_alias=AliasChoices({choices})")
            arguments.append(f"serialization_alias={literal(column.name)}")
        elif attribute != column.name:
            arguments.append(f"alias={literal(column.name)}")
        if column.comment:
            arguments.append(f"description={literal(column.comment)}")
        if not arguments:
            return f"{attribute}: {code}"
        return f"{attribute}: {code} = Field({', '.join(arguments)})"

    # Rules.

    def _rules(self, table: Relation, use: Use) -> str:
        lines = []
        rules = [self._rule(table, rule) for rule in self.plan.rules(table, use)]
        if rules:
            self.lines |= {"from . import rules", "from ._models import RowRule"}
            lines.append(f"__rules__ = ({', '.join(rules)},)")
        fields = list(self.plan.fields(table, use))
        omissible = [
            self.plan.attributes[table.key, column.name]
            for column in fields
            if use == "Update"
            or (
                column.has_default
                and defaults.constant(self.plan.closed_sets, table, column) is None
            )
        ]
        if omissible:
            listed = ", ".join(literal(name) for name in omissible)
            lines.append(f"__omissible__ = frozenset({{{listed}}})")
        if use == "Create":
            lines += self._known(table)
        return "\n".join(lines)

    def _known(self, table: Relation) -> list[str]:
        known = self.plan.known_when_made(table)
        needed = {
            name for rule in self.plan.rules(table, "Create") for name in rule.columns
        }
        items = []
        for name in sorted(needed & known):
            column = table.column(name)
            code, lines = defaults.constant(
                self.plan.closed_sets, table, column
            ) or Code("None")
            self.lines.update(lines)
            attribute = self.plan.attributes[table.key, name]
            items.append(f"{literal(attribute)}: {code}")
        return [f"__known__ = {{{', '.join(items)}}}"] if items else []

    def _rule(self, table: Relation, rule: Rule) -> str:
        attributes = ", ".join(
            literal(self.plan.attributes[table.key, name]) for name in rule.columns
        )
        counts = ""
        if rule.counts is not None and len(rule.columns) > FEW:
            counts = f", ({''.join(f'{count}, ' for count in rule.counts)})"
        return (
            f"RowRule(rules.{rule.name}, ({attributes},), {literal(rule.constraint)},"
            f" {literal(rule.sql)}{counts})"
        )

    def _caveats(self, table: Relation, use: Use) -> Iterable[str]:
        unsaid = list(self.plan.unsaid(table, use))
        if unsaid:
            yield f"Enforced by the database only ({len(unsaid)}):\n\n" + bullets(
                unsaid
            )


def _class(head: str, body: Iterable[str]) -> str:
    inner = "\n\n".join(part for part in body if part)
    return f"class {head}:\n{indented(inner)}"
