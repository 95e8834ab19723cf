"""What the rules see in statements, and what they leave alone."""

from __future__ import annotations

import pytest

from tests.python.tools.migrate.folder import Folder
from tools.review.findings import Finding, Severity
from tools.review.static import look_at

EXISTING = frozenset({"app.tasks", "app.tags"})


def found(folder: Folder, sql: str, header: str = "") -> list[Finding]:
    folder.add("0002_try_it", sql, header=header)
    return list(look_at(folder.files()[-1], EXISTING))


@pytest.mark.parametrize(
    ("sql", "key", "severity"),
    [
        ("create trigger t before insert on app.tasks for each row"
         " execute function app.f()", "create-trigger", Severity.LOOK),
        ("create policy p on app.tasks using (true)", "create-policy", Severity.LOOK),
        ("alter policy p on app.tasks using (true)", "create-policy", Severity.LOOK),
        ("vacuum (full) app.tasks", "vacuum-full", Severity.STOP),
        ("vacuum full", "vacuum-full", Severity.STOP),
        ("cluster app.tasks using tasks_pkey", "cluster", Severity.STOP),
        ("lock table app.tasks", "lock-table", Severity.STOP),
        ("lock table app.tasks in share mode", "lock-table", Severity.LOOK),
        ("refresh materialized view app.tasks", "refresh-materialized-view",
         Severity.LOOK),
        ("alter table app.t attach partition app.tasks default", "attach-partition",
         Severity.LOOK),
        ("alter table app.tasks detach partition app.t", "detach-partition",
         Severity.LOOK),
        ("truncate app.tasks", "truncate", Severity.STOP),
        ("update app.tasks set a = 1", "unbounded-update", Severity.STOP),
        ("delete from app.tasks", "unbounded-delete", Severity.STOP),
        ("drop table app.tasks", "drop-table", Severity.STOP),
        ("drop schema app", "drop-schema", Severity.STOP),
        ("drop view app.v cascade", "drop-cascade", Severity.STOP),
        ("drop type app.mood", "drop-type", Severity.LOOK),
        ("drop trigger t on app.tasks", "drop-trigger", Severity.LOOK),
        ("alter table app.tasks drop column a", "drop-column", Severity.STOP),
        ("alter table app.tasks drop constraint c", "drop-constraint", Severity.LOOK),
        ("alter table app.tasks alter a type text", "change-type", Severity.LOOK),
        ("alter table app.tasks disable trigger user", "disable-trigger",
         Severity.STOP),
        ("set local session_replication_role = replica", "disable-trigger",
         Severity.STOP),
        ("create index i on app.tasks (a)", "create-index", Severity.LOOK),
        ("create rule r as on delete to app.tasks do instead nothing", "create-rule",
         Severity.LOOK),
        ("truncate tasks", "truncate", Severity.STOP),
    ],
)  # fmt: skip
def test_statement(folder: Folder, sql: str, key: str, severity: Severity) -> None:
    assert (key, severity) in {(one.key, one.severity) for one in found(folder, sql)}


@pytest.mark.parametrize(
    "sql",
    [
        "create index concurrently i on app.tasks (a)",
        "update app.tasks set a = 1 where a is null",
        "delete from app.tasks where deleted_at < now()",
        "refresh materialized view concurrently app.tasks",
        "alter table app.tasks add column a integer",
        "vacuum app.tasks",
        "create table app.fresh (id int); create index i on app.fresh (id);"
        "create policy p on app.fresh using (true); update app.fresh set id = 1",
    ],
)
def test_harmless_statement(folder: Folder, sql: str) -> None:
    assert found(folder, sql) == []


def test_line_is_that_of_the_statement(folder: Folder) -> None:
    (one,) = found(folder, "select 1;\n\ntruncate\n    app.tasks;")
    assert one.where.endswith("0002_try_it.sql:5")  # after `-- depends:` and a blank
    assert one.file == "0002_try_it"


@pytest.mark.parametrize(
    ("sql", "key", "line"),
    [
        ("do $$\nbegin\n    truncate app.tasks;\nend\n$$", "truncate", 5),
        ("do $$\nbegin\n    execute 'x';\nend\n$$", "dynamic-sql", 5),
        ("do $$ begin if true then\n  delete from app.tags;\nend if; end $$",
         "unbounded-delete", 4),
        ("do $$ begin null; exception when others then\n\nlock table app.tags; end $$",
         "lock-table", 5),
        ("create function app.f(x app.tasks) returns setof app.tasks\n"
         "language plpgsql as $$\ndeclare y app.tasks;\nbegin\n"
         "    update app.tasks set a = 1;\n    return query select x.*;\nend $$",
         "unbounded-update", 7),
        ("create procedure app.f(x inout int) language plpgsql as $$\ndeclare\n"
         "    y app.tasks;\nbegin\n    truncate app.tags;\n    commit;\nend $$",
         "truncate", 7),
        ("create function app.f() returns void language sql as $$\n"
         "    select 1;\n    delete from app.tags\n$$", "unbounded-delete", 5),
        ("create function app.f() returns int language sql\nbegin atomic\n"
         "delete from app.tags; select 1; end", "unbounded-delete", 3),
    ],
)  # fmt: skip
def test_inside_of_bodies(folder: Folder, sql: str, key: str, line: int) -> None:
    places = {one.key: one.where for one in found(folder, sql)}
    assert places[key].endswith(f"0002_try_it.sql:{line}")


def test_function_only_warns(folder: Folder) -> None:
    body = "begin truncate app.tasks; end"
    sql = f"create function app.f() returns void language plpgsql as '{body}'"
    assert [one.severity for one in found(folder, sql)] == [Severity.LOOK]


def test_backfill_is_bounded(folder: Folder) -> None:
    sql = (
        "update app.tasks as t set a = 1 from batch"
        " where t.user_id = batch.user_id and t.id = batch.id"
    )
    header = "-- backfill: app.tasks key user_id, id\n"
    assert found(folder, sql, header) == []
