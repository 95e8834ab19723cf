"""What statements are made of: tables and columns of the catalogue, and real values."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import psycopg

from tests.python.campaigns.oracle.worlds import Pair

# What the database itself fills in, anew with each run: no answer may hold it.
_MOVING: Final = frozenset(
    "created_at updated_at completed_at deleted_at deletion_id position version".split()
)

_COLUMNS: Final = """
select
    v.relname, a.attname, t.typname,
    has_column_privilege('todo_user', c.oid, a.attname, 'insert')
    and has_column_privilege('todo_user', v.oid, a.attnum, 'insert'),
    has_column_privilege('todo_user', c.oid, a.attname, 'update')
    and has_column_privilege('todo_user', v.oid, a.attnum, 'update'),
    has_table_privilege('todo_user', c.oid, 'delete')
from pg_class as v
inner join pg_class as c
    on c.relname = v.relname and c.relnamespace = 'app_data'::regnamespace
inner join pg_attribute as a on a.attrelid = v.oid and a.attnum > 0
inner join pg_type as t on t.oid = a.atttypid
where v.relnamespace = 'app'::regnamespace and v.relkind = 'v'
and has_column_privilege('todo_user', v.oid, a.attnum, 'select')
order by 1, a.attnum
"""
_FUNCTIONS: Final = """
select p.proname, array(select t::regtype::text from unnest(p.proargtypes) as t)
from pg_proc as p
where p.pronamespace = 'app'::regnamespace and p.prokind = 'f'
and has_function_privilege('todo_user', p.oid, 'execute')
and p.prorettype <> 'trigger'::regtype
order by 1, 2
"""
# uuid_v7, position_now and the like answer with the time.
_OF_THE_CLOCK: Final = ("uuid_v7", "position_now", "position_between")


@dataclass(frozen=True)
class Column:
    """One column, and literals of values that are in the two databases.

    Attributes:
        theirs: values that only somebody else has, in one database or in both.
        mine: values of Alice's.
    """

    name: str
    type: str
    insertable: bool
    updatable: bool
    theirs: Sequence[str] = ()
    mine: Sequence[str] = ()

    @property
    def moves(self) -> bool:
        """Whether a write fills it with the time."""
        return self.name in _MOVING

    def value(self, chance: random.Random) -> str:
        """Draw a literal, of somebody else's more often than not."""
        pool = self.theirs if chance.random() < 0.75 else self.mine
        return chance.choice(pool or self.theirs or self.mine or ("null",))


@dataclass(frozen=True)
class Table:
    """One table that the app may read, as the view in front of it shows it.

    Attributes:
        hidden: whether a sub-query is around it, so that its rows cannot be locked.
    """

    name: str
    columns: Sequence[Column]
    deletable: bool
    hidden: bool = False

    def of_type(self, *types: str) -> list[Column]:
        """List the columns of these types."""
        return [column for column in self.columns if column.type in types]

    def all(self, alias: str) -> str:
        """List all columns that may be read."""
        return ", ".join(f"{alias}.{column.name}" for column in self.columns)

    @property
    def owner(self) -> str:
        """The column that says whose row it is."""
        return "id" if self.name == "users" else "user_id"


@dataclass(frozen=True)
class Vocabulary:
    """All tables by name, and the functions of schema `app` with their types."""

    tables: Mapping[str, Table]
    functions: Sequence[tuple[str, Sequence[str]]] = field(default=())


def read(pair: Pair) -> Vocabulary:
    """Read the words of a grammar from the two databases, as superuser."""
    with psycopg.connect(pair[0]) as left, psycopg.connect(pair[1]) as right:
        rows = left.execute(_COLUMNS.encode()).fetchall()
        tables = {
            name: _table(
                (left, right), name, [row[1:] for row in rows if row[0] == name]
            )
            for name in dict.fromkeys(row[0] for row in rows)
        }
        functions = [
            (name, types)
            for name, types in left.execute(_FUNCTIONS.encode()).fetchall()
            if name not in _OF_THE_CLOCK
        ]
    return Vocabulary(tables, functions)


def _table(
    both: tuple[psycopg.Connection, psycopg.Connection],
    name: str,
    rows: Sequence[tuple[str, str, bool, bool, bool]],
) -> Table:
    owner = "id" if name == "users" else "user_id"
    columns = [
        Column(
            column,
            type_,
            insertable,
            updatable,
            [v for side in both for v in _values(side, name, column, owner, "<>")],
            _values(both[0], name, column, owner, "="),
        )
        for column, type_, insertable, updatable, _ in rows
    ]
    return Table(name, columns, rows[0][-1])


def _values(
    connection: psycopg.Connection, table: str, column: str, owner: str, is_hers: str
) -> list[str]:
    """List up to twelve literals of a column, short enough to be read in a report."""
    found = connection.execute(
        f"select distinct quote_literal(left({column}::text, 40)) from app.{table}"
        f" where {owner} {is_hers} 'a0000000-0000-7000-8000-000000000000'"
        f" and {column} is not null order by 1 limit 12".encode()
    )
    return [row[0] for row in found]
