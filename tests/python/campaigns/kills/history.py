"""Migrations of every kind for the campaign, which count how often they ran."""

from __future__ import annotations

from pathlib import Path
from typing import Final

OUTSIDE: Final = "-- transactional: false\n"

_BASE: Final = """\
create schema k;
create table k.ledger (step text not null);
create table k.rows (
    space uuid not null, id bigint not null, touched integer not null default 0,
    primary key (space, id)
);
insert into k.rows select md5((n % 7)::text)::uuid, n from
generate_series(1, 6000) as n;
insert into k.ledger values ('0001');
"""
_FILL: Final = """\
-- backfill: k.rows key space, id batch 250 pause 0ms
update k.rows as r set touched = r.touched + 1 from batch
where r.space = batch.space and r.id = batch.id;
"""
_STEPS: Final = """\
create table k.one as select 1 as n;
insert into k.ledger values ('0005 a');
create table k.two as select 2 as n;
insert into k.ledger values ('0005 b');
"""
_UNDO_STEPS: Final = """\
delete from k.ledger where step = '0005 b';
drop table if exists k.two;
delete from k.ledger where step = '0005 a';
drop table if exists k.one;
"""

# id, header, forward, back
HISTORY: Final = (
    ("0001_create_rows", "", _BASE, "drop schema k cascade;"),
    (
        "0002_add_note",
        "",
        "alter table k.rows add column note text;"
        " insert into k.ledger values ('0002'); select pg_sleep(0.03);",
        "delete from k.ledger where step = '0002';"
        " alter table k.rows drop column note; select pg_sleep(0.03);",
    ),
    (
        "0003_index_touched",
        OUTSIDE,
        "create index concurrently rows_touched_idx on k.rows (touched);",
        "drop index concurrently if exists k.rows_touched_idx;",
    ),
    ("0004_fill_touched", "", _FILL, "update k.rows set touched = 0;"),
    ("0005_make_steps", OUTSIDE, _STEPS, _UNDO_STEPS),
    (
        "0006_index_id",
        OUTSIDE,
        "create unique index concurrently rows_id_idx on k.rows (id);",
        "drop index concurrently if exists k.rows_id_idx;",
    ),
    (
        "0007_drop_index",
        OUTSIDE,
        "drop index concurrently k.rows_touched_idx;",
        "create index concurrently rows_touched_idx on k.rows (touched);",
    ),
    (
        "0008_rebuild_index",
        OUTSIDE,
        "reindex index concurrently k.rows_id_idx;",
        "select 1;",
    ),
    (
        "0009_add_view",
        "",
        "create view k.seen with (security_invoker) as select space, id from k.rows;"
        " insert into k.ledger values ('0009');",
        "delete from k.ledger where step = '0009'; drop view k.seen;",
    ),
)
IDS: Final = tuple(id for id, *_ in HISTORY)
LAST: Final = IDS[-1]
SQUASH: Final = f"{LAST[:4]}_squash_{IDS[0][:4]}_to_{LAST[:4]}"
STEPS: Final = ("0001", "0002", "0005 a", "0005 b", "0009")
"""What the ledger holds when each migration ran once."""


def write(directory: Path) -> None:
    """Write the history into *directory*, which is made."""
    directory.mkdir(parents=True)
    last = ""
    for id, header, forward, back in HISTORY:
        depends = f"-- depends: {last}\n" if last else ""
        (directory / f"{id}.sql").write_text(f"{depends}{header}{forward}\n")
        (directory / f"{id}.rollback.sql").write_text(f"{back}\n")
        last = id
