"""The table classes: sqlacodegen's SQLModel generator, taught what it gets wrong.

It renders; here are the hooks: what to leave out, which type stands for which, what a
constructor must be given, and relationships that share key columns.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlacodegen.generators import Base, SQLModelGenerator
from sqlacodegen.models import ColumnAttribute, Model, ModelClass
from sqlacodegen.utils import render_callable
from sqlalchemy import (
    Column,
    Connection,
    FetchedValue,
    MetaData,
    Sequence,
    Table,
)

from tools.codegen import defaults, sequences
from tools.codegen import facts as known
from tools.codegen.links import Links
from tools.codegen.pgtypes import row_of
from tools.codegen.plan import Plan
from tools.codegen.source import docstring, indented, literal, sql_literal
from tools.codegen.tableargs import TableArguments


class TableGenerator(SQLModelGenerator):
    """Renders ``tables.py`` from reflected metadata and from the plan of the schema."""

    def __init__(self, metadata: MetaData, bind: Connection, plan: Plan) -> None:
        super().__init__(metadata, bind, ["nojoined"], base_class_name="Row")
        self.plan = plan
        self.tables = {(table.schema, table.name): table for table in plan.tables}
        self.lines: set[str] = set()
        self._extra: dict[str, str] = {}

    def generate_base(self) -> None:
        self.base = Base([], [], "Row.metadata")

    # What is rendered.

    def should_ignore_table(self, table: Table) -> bool:
        return (table.schema, table.name) not in self.tables

    def fix_column_types(self, table: Table) -> None:
        """Leave types as reflected: `render_column_type` knows what each one is."""

    def generate_models(self) -> list[Model]:
        models: list[ModelClass] = []
        tables = {(t.schema, t.name): t for t in self.metadata.tables.values()}
        for path, fact in self.tables.items():
            table = tables[path]
            model = ModelClass(table)
            for column in table.columns:
                if fact.column(column.name).readable:
                    model.columns.append(ColumnAttribute(model, column))
            models.append(model)
        self.collect_imports(models)
        for model in models:
            self.generate_model_name(model, set())
        return list(models)

    def generate_model_name(self, model: Model, global_names: set[str]) -> None:
        key = self._fact(model.table).key
        model.name = self.plan.classes[key]
        if isinstance(model, ModelClass):
            for attribute in model.columns:
                place = key, attribute.column.name
                attribute.name = self.plan.attributes[place]

    def _fact(self, table: Any) -> known.Relation:
        return self.tables[table.schema, table.name]

    # Imports: the ones of the hooks above, and those of our own rendering.

    def collect_imports(self, models: Iterable[Model]) -> None:
        self.add_literal_import("sqlmodel", "Field")

    def group_imports(self) -> list[list[str]]:
        own = {
            f"from {package} import {', '.join(sorted(found))}"
            for package, found in self.imports.items()
            if found
        }
        return [sorted(own | self.lines)]

    # The class.

    def render_class_declaration(self, model: ModelClass) -> str:
        self.lines.add("from ._rows import Mapped, ReadOnly, Row")
        return f"class {model.name}(Row, table=True):"

    def render_class(self, model: ModelClass) -> str:
        fact = self._fact(model.table)
        links = Links(self.plan)
        parts = [
            docstring(fact.comment, *self.plan.describe(fact)),
            self.render_class_variables(model),
            "\n".join(self.render_column_attribute(a) for a in model.columns),
            "\n".join(
                links.render(one) for one in self.plan.relationships.get(fact.key, ())
            ),
        ]
        self.lines.update(links.lines)
        body = "\n\n".join(part for part in parts if part)
        return f"{self.render_class_declaration(model)}\n{indented(body)}"

    def render_class_variables(self, model: ModelClass) -> str:
        fact = self._fact(model.table)
        insert = [c for c in model.columns if fact.column(c.column.name).insertable]
        update = [c for c in model.columns if fact.column(c.column.name).updatable]
        lines = [
            f"__tablename__ = {fact.name!r}",
            f"__table_args__ = {self.render_table_args(model.table)}",
            *self._identity(fact),
            *self._version(fact),
            f"__insert__ = {_name_set(c.name for c in insert)}",
            f"__update__ = {_name_set(c.name for c in update)}",
            *self._defaults(fact, model),
        ]
        return "\n".join(lines)

    def _defaults(self, fact: known.Relation, model: ModelClass) -> list[str]:
        """What a row that is not stored yet answers: constants that will be stored."""
        found = {}
        for attribute in model.columns:
            column = fact.column(attribute.column.name)
            code = defaults.constant(self.plan.closed_sets, fact, column)
            if code is not None:
                self.lines |= code.imports
                found[attribute.name] = code.text
        if not found:
            return []
        items = ", ".join(f"{literal(name)}: {text}" for name, text in found.items())
        return [f"__defaults__ = {{{items}}}"]

    def _identity(self, fact: known.Relation) -> list[str]:
        if fact.primary_key == fact.identity:
            return []
        names = [self.plan.attributes[fact.key, name] for name in fact.identity]
        return [f"__identity__ = ({', '.join(map(literal, names))},)"]

    def _version(self, fact: known.Relation) -> list[str]:
        name = self.plan.version_of(fact)
        if name is None:
            return []
        return [f"__version__ = {literal(self.plan.attributes[fact.key, name])}"]

    def render_table_args(self, table: Table) -> str:
        fact = self._fact(table)
        arguments = TableArguments(fact, self.tables.values())
        code = arguments.code
        self.lines |= arguments.lines
        return code

    # Columns.

    def render_column_attribute(self, column_attr: ColumnAttribute) -> str:
        column = column_attr.column
        fact = self._fact(column.table).column(column.name)
        kwargs: dict[str, object] = {}
        required = fact.insertable and not fact.nullable and not fact.has_default
        if column.name == self.plan.spaces.get(column.table.name):
            required = False  # it comes with the session
        if not required:
            kwargs["default"] = None
        if fact.comment:
            kwargs["description"] = literal(fact.comment)
        kwargs["sa_column"] = self.render_column(column, True)
        wrapper = "Mapped" if fact.insertable or fact.updatable else "ReadOnly"
        annotation = self.render_column_python_type(column)
        field = render_callable("Field", kwargs=kwargs)
        return f"{column_attr.name}: {wrapper}[{annotation}] = {field}"

    def render_column_python_type(self, column: Column[Any]) -> str:
        code, lines = self.plan.annotation((self._fact(column.table).key, column.name))
        self.lines.update(lines)
        fact = self._fact(column.table).column(column.name)
        return f"{code} | None" if fact.nullable else code

    def render_column(
        self, column: Column[Any], show_name: bool, is_table: bool = False
    ) -> str:
        relation = self._fact(column.table)
        fact = relation.column(column.name)
        self.add_import(Column)
        self._extra = {}
        column.comment = None  # the field's description is the comment
        column.primary_key = column.name in relation.primary_key
        column.autoincrement = "auto"
        column.nullable = fact.nullable or fact.only_domain_refuses_null
        column.default = None
        column.server_default = self._server_default(column, fact)
        if column.primary_key and row_of(fact.type).bits and not fact.has_default:
            self._extra["autoincrement"] = "False"  # else it would be serial
        if self._refetched(relation, column.name) and not fact.generated:
            self.add_literal_import("sqlalchemy", "FetchedValue")
            self._extra["server_onupdate"] = "FetchedValue()"
        rendered = super().render_column(column, show_name, is_table)
        column.default = None
        return rendered

    def _server_default(
        self, column: Column[Any], fact: known.Column
    ) -> FetchedValue | None:
        if fact.generated:
            self.add_literal_import("sqlalchemy", "Computed")
            code = sql_literal(fact.default or "")
            return _Rendered(f"Computed({code}, persisted={not fact.virtual})")
        if fact.identity:
            self.add_literal_import("sqlalchemy", "Identity")
            return sequences.identity(fact, self.plan.facts)
        use = sequences.use(self._fact(column.table), fact, self.plan.facts)
        if use == "serial":
            self._extra["autoincrement"] = "True"  # it makes its sequence
            return None
        if use == "default":
            code, lines = sequences.code(self.plan.facts.sequences[str(fact.sequence)])
            column.default = _SequenceCode(code)
            self.lines |= lines
        if fact.default is not None:
            self.add_literal_import("sqlalchemy", "text as sql_text")
            return _Rendered(f"sql_text({sql_literal(fact.default)})")
        if not fact.insertable or fact.domain_has_default:
            # Left out of INSERT, where naming it would be refused, and read back.
            self.add_literal_import("sqlalchemy", "FetchedValue")
            return _Rendered("FetchedValue()")
        return None

    def render_column_callable(self, is_table: bool, *args: Any, **kwargs: Any) -> str:
        return super().render_column_callable(is_table, *args, **kwargs, **self._extra)

    def _refetched(self, relation: known.Relation, name: str) -> bool:
        """Whether an UPDATE may change the column without naming it.

        Triggers may; they are taken to write what the role may not freely write.
        """
        return name not in relation.identity and (
            relation.column(name).generated or name in self.plan.kept(relation)
        )

    def render_column_type(self, column: Column[Any]) -> str:
        place = self._fact(column.table).key, column.name
        code, lines = self.plan.sqlalchemy_type(place)
        self.lines.update(lines)
        return code


class _SequenceCode(Sequence):
    """A sequence that is rendered as the given code."""

    def __init__(self, code: str) -> None:
        super().__init__("unused")
        self.code = code

    def __repr__(self) -> str:
        return self.code


class _Rendered(FetchedValue):
    """A server default that is rendered as the given code."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code

    def __repr__(self) -> str:
        return self.code


def _name_set(names: Iterable[str]) -> str:
    listed = ", ".join(repr(name) for name in names)
    return f"frozenset({{{listed}}})" if listed else "frozenset[str]()"
