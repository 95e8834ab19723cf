"""Reads the facts about one schema from PostgreSQL's catalogue.

The connection's search_path is set to `pg_catalog` alone, so that every other name is
printed with its schema and the text does not depend on who asks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from collections.abc import Sequence as Sequence_
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, text

from tools.codegen import fronts, queries, queries_types, rows
from tools.codegen.expressions import listed
from tools.codegen.facts import (
    Argument,
    Column,
    Composite,
    Domain,
    EnumType,
    Facts,
    Function,
    Privilege,
    Relation,
)
from tools.codegen.sqltypes import Types
from tools.console import Failure, note

T = TypeVar("T")


def read(
    connection: Connection,
    schemas: Sequence_[str],
    role: str | None,
    executors: Sequence_[str] = (),
    behind: str | None = None,
) -> Facts:
    """Read *schemas* as role *role* meets them; None means their owner.

    Args:
        connection: of one who sees the whole catalogue.
        schemas: by name; the first one's objects go by their plain names.
        role: whose privileges on tables and views count.
        executors: whose privileges on functions count; *role*'s alone where empty.
        behind: a schema whose tables go by the names of their views in the first.

    Raises:
        Failure: a schema does not exist, or a role does not.
    """
    if behind is None:
        return _Reader(connection, schemas, role, executors).facts()
    every = (*schemas, behind)
    return fronts.named(_Reader(connection, every, role, executors).facts(), behind)


def internals(connection: Connection, schemas: Sequence_[str]) -> Facts | None:
    """Read those of *schemas* that there are, what triggers run included; or None."""
    query, given = text(queries.SCHEMA), [{"name": schema} for schema in schemas]
    found = [one["name"] for one in given if connection.execute(query, one).first()]
    if not found:
        return None
    reader = _Reader(connection, found, None, ())
    reader.triggers = True
    return reader.facts()


class _Reader:
    """One pass over the catalogue, with the types at hand that rows refer to."""

    triggers = False  # whether functions of triggers count

    def __init__(
        self,
        connection: Connection,
        schemas: Sequence_[str],
        role: str | None,
        executors: Sequence_[str],
    ) -> None:
        self.connection, self.schemas, self.role = connection, tuple(schemas), role
        self.executors = list(executors) or ([] if role is None else [role])
        connection.execute(text("set search_path = pg_catalog"))
        self._require(queries.SCHEMA, f"there is no schema {schemas[0]}", schemas[0])
        for schema in schemas[1:]:
            if not self._named(queries.SCHEMA, schema):
                note(f"there is no schema {schema}: what it would hold is left out")
        if role is not None:
            self._require(queries.ROLE, f"there is no role {role}", role)
        self.executors = [e for e in self.executors if self._named(queries.ROLE, e)]
        self.types = Types(self._rows(queries_types.TYPES))

    def facts(self) -> Facts:
        comment = self._named(queries.SCHEMA, self.schemas[0])[0].comment
        return Facts(
            self.schemas,
            comment,
            self.role,
            tuple(self._relations()),
            tuple(self._functions()),
            {f"{d.schema}.{d.name}": d for d in self._domains()},
            {f"{e.schema}.{e.name}": e for e in self._enums()},
            {f"{c.schema}.{c.name}": c for c in self._composites()},
            {
                s.address: s
                for s in map(rows.sequence, self._rows(queries_types.SEQUENCES))
            },
        )

    def _rows(self, query: str) -> list[Row[Any]]:
        parameters = {
            "schemas": list(self.schemas),
            "role": self.role,
            "executors": self.executors,
            "triggers": self.triggers,
        }
        return list(self.connection.execute(text(query), parameters))

    def _named(self, query: str, name: str) -> list[Row[Any]]:
        return list(self.connection.execute(text(query), {"name": name}))

    def _require(self, query: str, message: str, name: str) -> None:
        if not self._named(query, name):
            raise Failure(
                message,
                where=str(self.connection.engine.url),
                next="make migrate, then try again",
            )

    def _grouped(
        self, query: str, make: Callable[[Row[Any]], T]
    ) -> defaultdict[int, list[T]]:
        groups: defaultdict[int, list[T]] = defaultdict(list)
        for row in self._rows(query):
            groups[row.relation].append(make(row))
        return groups

    def _relations(self) -> Iterable[Relation]:
        columns = self._grouped(queries.COLUMNS, self._column)
        keys = self._grouped(queries.KEYS, rows.key)
        checks = self._grouped(queries.CHECKS, rows.check)
        foreign_keys = self._grouped(queries.FOREIGN_KEYS, rows.foreign_key)
        exclusions = self._grouped(queries.EXCLUSIONS, rows.exclusion)
        indexes = self._grouped(queries.INDEXES, rows.index)
        policies = self._grouped(queries.POLICIES, rows.policy)
        triggers = self._grouped(queries.TRIGGERS, rows.trigger)
        grants = self._grouped(queries.GRANTS, rows.grant)
        for row in self._rows(queries.RELATIONS):
            oid = row.relation
            yield Relation(
                schema=row.schema,
                name=row.name,
                kind=row.kind,
                comment=rows.told(row.comment)[1],
                columns=tuple(columns[oid]),
                keys=tuple(keys[oid]),
                checks=tuple(checks[oid]),
                foreign_keys=tuple(foreign_keys[oid]),
                exclusions=tuple(exclusions[oid]),
                indexes=tuple(indexes[oid]),
                policies=tuple(policies[oid]),
                triggers=tuple(triggers[oid]),
                grants=tuple(grants[oid]),
                row_security=row.row_security,
                deletable=row.deletable,
                definition=row.definition,
                home=row.home,
                tags=rows.tags(row.comment),
            )

    def _column(self, row: Row[Any]) -> Column:
        privileges: list[Privilege] = ["select", "insert", "update"]
        held = frozenset(p for p in privileges if getattr(row, f"may_{p}"))
        omitted, comment = rows.told(row.comment)
        if omitted:
            held = frozenset()
        return Column(
            name=row.name,
            number=row.number,
            type=self.types.describe(row.type, row.type_name),
            nullable=row.nullable,
            default=row.default,
            generated=row.generated,
            identity=row.identity,
            collation=row.collation,
            comment=comment,
            may=held,
            domain_has_default=row.domain_has_default,
            only_domain_refuses_null=row.only_domain_refuses_null,
            virtual=row.virtual,
            sequence=row.sequence,
        )

    def _functions(self) -> Iterable[Function]:
        for row in self._rows(queries_types.FUNCTIONS):
            omitted, comment = rows.told(row.comment)
            yield Function(
                schema=row.schema,
                name=row.name,
                signature=row.signature,
                kind=row.kind,
                arguments=tuple(self._arguments(row)),
                returns=self.types.describe(row.returns, row.returns_name),
                returns_set=row.returns_set,
                volatility=row.volatility,
                strict=row.strict,
                security_definer=row.security_definer,
                comment=comment,
                roles=tuple(row.roles),
                executable=row.executable and not omitted,
            )

    def _arguments(self, row: Row[Any]) -> Iterable[Argument]:
        modes = row.modes or ["in"] * len(row.types)
        names = row.names or [""] * len(row.types)
        inputs = [
            i for i, mode in enumerate(modes) if mode in ("in", "inout", "variadic")
        ]
        given = list(listed(row.defaults)) if row.defaults else []
        defaults = dict(zip(inputs[len(inputs) - len(given) :], given, strict=True))
        for number, oid in enumerate(row.types):
            yield Argument(
                name=names[number],
                type=self.types.describe(oid, self.types.name(oid)),
                mode=modes[number],
                default=defaults.get(number),
            )

    def _domains(self) -> Iterable[Domain]:
        checks = self._grouped(queries_types.DOMAIN_CHECKS, rows.check)
        for row in self._rows(queries_types.DOMAINS):
            yield Domain(
                schema=row.schema,
                name=row.name,
                type=self.types.describe(row.base, row.base_name),
                nullable=row.nullable,
                default=row.default,
                collation=row.collation,
                checks=tuple(checks[row.relation]),
                comment=row.comment,
            )

    def _enums(self) -> Iterable[EnumType]:
        for row in self._rows(queries_types.ENUMS):
            yield EnumType(row.schema, row.name, tuple(row.labels), row.comment)

    def _composites(self) -> Iterable[Composite]:
        for row in self._rows(queries_types.COMPOSITES):
            fields = tuple(
                (name, self.types.describe(oid, type_name))
                for name, oid, type_name in zip(
                    row.names, row.types, row.type_names, strict=True
                )
            )
            yield Composite(row.schema, row.name, fields, row.comment)
