"""What the catalogue says about the tables that are to be filled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final, LiteralString

import psycopg

from tools.postgres.quoting import quoted

_TABLES: Final = """
select c.oid, format('%I.%I', n.nspname, c.relname)
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and not c.relispartition
and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'todo_migrations')
and not exists (select from pg_depend as d where d.objid = c.oid and d.deptype = 'e')
order by 2
"""
_COLUMNS: Final = """
select
    a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod),
    coalesce(nullif(t.typbasetype, 0), t.oid)::regtype::text,
    b.typtype, b.typcategory, a.attnotnull or t.typnotnull,
    pg_get_expr(d.adbin, d.adrelid), a.attgenerated <> '',
    array(
        select pg_get_constraintdef(k.oid) from pg_constraint as k
        where k.contypid = t.oid and k.contype = 'c' order by k.conname
    )
from pg_attribute as a
join pg_type as t on t.oid = a.atttypid
join pg_type as b on b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid = any (%s) and a.attnum > 0 and not a.attisdropped
order by a.attrelid, a.attnum
"""
_CHECKS: Final = """
select k.conrelid, k.conname, pg_get_expr(k.conbin, k.conrelid), array(
    select a.attname::text from pg_attribute as a
    where a.attrelid = k.conrelid and a.attnum = any (k.conkey) order by a.attnum
)
from pg_constraint as k
where k.contype = 'c' and k.conrelid = any (%s)
order by k.conrelid, k.conname
"""
_REFERENCES: Final = """
select k.conrelid, k.confrelid, names.here, names.there
from pg_constraint as k
cross join lateral (
    select
        array_agg(a.attname::text order by u.place) as here,
        array_agg(f.attname::text order by u.place) as there
    from unnest(k.conkey, k.confkey) with ordinality as u (here, there, place)
    join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = u.here
    join pg_attribute as f on f.attrelid = k.confrelid and f.attnum = u.there
) as names
where k.contype = 'f' and k.conparentid = 0
and k.conrelid = any (%(tables)s) and k.confrelid = any (%(tables)s)
order by k.conrelid, k.conname
"""
_UNIQUE: Final = """
select i.indrelid, array(
    select a.attname::text from pg_attribute as a
    where a.attrelid = i.indrelid and (
        a.attnum = any (i.indkey::smallint[])
        or exists (
            select from pg_depend as d
            where d.classid = 'pg_class'::regclass and d.objid = i.indexrelid
            and d.refobjid = i.indrelid and d.refobjsubid = a.attnum
        )
    ) order by a.attnum
)
from pg_index as i
where i.indisunique and i.indrelid = any (%s)
order by i.indexrelid
"""
_PARTITIONS: Final = """
select p.relid_parent, pg_get_partition_constraintdef(p.relid)
from (
    select c.oid as relid_parent, t.relid
    from pg_class as c
    cross join lateral pg_partition_tree(c.oid) as t
    where c.oid = any (%s) and c.relkind = 'p' and t.isleaf
) as p
"""


@dataclass(frozen=True)
class Column:
    """A column; *type* as SQL, *base* that of its domain, *kind* and *category* of
    pg_type, *default* as SQL."""

    name: str
    type: str
    base: str
    kind: str
    category: str
    required: bool
    default: str | None
    generated: bool


@dataclass(frozen=True)
class Check:
    """A condition on *columns*, as SQL."""

    name: str
    text: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Reference:
    """A foreign key from *columns* to *target_columns* of *target*."""

    target: str
    columns: tuple[str, ...]
    target_columns: tuple[str, ...]


@dataclass
class Table:
    """A table by its quoted name, with the rules that its rows must obey."""

    name: str
    columns: dict[str, Column] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    unique: list[tuple[str, ...]] = field(default_factory=list)


Schema = dict[str, Table]


def read(connection: psycopg.Connection[Any]) -> Schema:
    """Read the tables of the database, partitions as part of their parent."""
    names: dict[int, str] = dict(connection.execute(_TABLES).fetchall())
    oids, schema = list(names), {name: Table(name) for name in names.values()}

    def rows(query: LiteralString) -> Iterator[tuple[Table, tuple[Any, ...]]]:
        named = "%(tables)s" in query
        found = connection.execute(query, {"tables": oids} if named else [oids])
        for oid, *rest in found.fetchall():
            yield schema[names[oid]], tuple(rest)

    for table, (*values, domain_checks) in rows(_COLUMNS):
        column = Column(*values)
        table.columns[column.name] = column
        table.checks.extend(_of_domain(column, domain_checks))
    for table, (name, text, columns) in rows(_CHECKS):
        table.checks.append(Check(name, text, tuple(columns)))
    for table, (target, here, there) in rows(_REFERENCES):
        reference = Reference(names[target], tuple(here), tuple(there))
        table.references.append(reference)
    for table, (columns,) in rows(_UNIQUE):
        table.unique.append(tuple(columns))
    bounds: dict[str, list[str]] = {}
    for table, (text,) in rows(_PARTITIONS):
        bounds.setdefault(table.name, []).append(text or "true")
    for name, texts in bounds.items():
        either = " or ".join(f"({text})" for text in texts)
        used = tuple(c for c in schema[name].columns if mentions(either, c))
        schema[name].checks.append(Check("partition bounds", either, used))
    return schema


def with_rules_of(before: Schema, after: Schema) -> Schema:
    """Give *before* with the rules that *after* adds for what both have."""
    return {
        name: _with_rules(table, after[name], before) if name in after else table
        for name, table in before.items()
    }


def _with_rules(table: Table, later: Table, before: Schema) -> Table:
    known = table.columns.keys()
    columns = {
        name: replace(column, required=True)
        if name in later.columns and later.columns[name].required
        else column
        for name, column in table.columns.items()
    }
    added = [r for r in later.references if r not in table.references]
    return Table(
        table.name,
        columns,
        [*table.checks, *(c for c in later.checks if _new(c, table, known))],
        [
            *table.references,
            *(
                r
                for r in added
                if known >= set(r.columns)
                and r.target in before
                and before[r.target].columns.keys() >= set(r.target_columns)
            ),
        ],
        [*table.unique, *(u for u in later.unique if known >= set(u))],
    )


def _new(check: Check, table: Table, known: Any) -> bool:
    return check not in table.checks and known >= set(check.columns)


def _of_domain(column: Column, definitions: list[str]) -> Iterator[Check]:
    """Turn the rules of a domain into rules of the column."""
    name = quoted(column.name)
    for text in definitions:
        condition = text.removeprefix("CHECK ").removesuffix(" NOT VALID")
        on_column = re.sub(r"\bVALUE\b", lambda _: name, condition)
        yield Check(f"domain of {column.name}", on_column, (column.name,))


def mentions(text: str, name: str) -> bool:
    """Tell whether the expression *text* names the column *name*."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None
