"""A schema of many tables, and the same as a module written by hand, to measure."""

from __future__ import annotations

from typing import Final

from tools.project import ROLE, SCHEMAS


def script(tables: int) -> str:
    """Give a schema of *tables* tables: keys, references, checks, indexes, comments."""
    parts = [f"create role {ROLE};", f"create schema {SCHEMAS[0]};"]
    parts += [_table(number) for number in range(tables)]
    parts.append(f"grant usage on schema {SCHEMAS[0]} to {ROLE};")
    parts.append(
        f"grant select, insert, update, delete on all tables in schema {SCHEMAS[0]}"
        f" to {ROLE};"
    )
    return "\n".join(parts)


def _table(number: int) -> str:
    name = f"{SCHEMAS[0]}.things_{number:03d}"
    # Like a forest: what refers to what is known from the number alone.
    owner = f"{SCHEMAS[0]}.things_{number // 3:03d}"
    return f"""\
create table {name} (
    id uuid primary key default gen_random_uuid(),
    owner_id uuid references {owner} on delete cascade,
    title text not null check (length(title) between 1 and 200),
    state text not null default 'new' check (state in ('new', 'open', 'done_{number}')),
    amount numeric(12, 2) not null default 0 check (amount >= 0),
    priority smallint not null default 4,
    starts_on date,
    ends_on date,
    settings jsonb,
    labels text[] not null default '{{}}',
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    constraint things_{number:03d}_ends_after_start check (ends_on > starts_on)
);
comment on table {name} is 'A thing of kind {number}.';
comment on column {name}.title is 'What the thing is called.';
create index things_{number:03d}_owner_id_idx on {name} (owner_id, created_at desc);"""


def by_hand(tables: int) -> str:
    """Give a module of the same tables as one would write it, and no more than that."""
    return _HEAD + "".join(_CLASS.format(n=n, owner=n // 3) for n in range(tables))


_HEAD: Final = """\
import datetime as dt
from decimal import Decimal
from typing import Any, Optional
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, CheckConstraint, Column, ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, Relationship, SQLModel
"""
_CLASS: Final = '''

class Thing{n}(SQLModel, table=True):
    """A thing of kind {n}."""

    __tablename__ = "things_{n:03d}"
    __table_args__ = (
        CheckConstraint("ends_on > starts_on", name="things_{n:03d}_ends_after_start"),
        CheckConstraint("length(title) between 1 and 200"),
        CheckConstraint("state in ('new', 'open', 'done_{n}')"),
        CheckConstraint("amount >= 0"),
        Index("things_{n:03d}_owner_id_idx", "owner_id", "created_at"),
        {{"schema": "app"}},
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    owner_id: UUID | None = Field(
        default=None, foreign_key="app.things_{owner:03d}.id", ondelete="CASCADE"
    )
    title: str = Field(max_length=200)
    state: str = "new"
    amount: Decimal = Field(default=Decimal(0), max_digits=12, decimal_places=2)
    priority: int = 4
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    settings: Any = Field(default=None, sa_column=Column(JSONB))
    labels: list[str] = Field(default=[], sa_column=Column(ARRAY(Text)))
    is_active: bool = True
    created_at: dt.datetime = Field(default_factory=dt.datetime.now)

    owner: Optional["Thing{owner}"] = Relationship(
        sa_relationship_kwargs={{"remote_side": "Thing{owner}.id"}}
    )
'''
