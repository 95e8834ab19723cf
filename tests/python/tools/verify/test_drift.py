"""Drift of a live database, told in words that say which way."""

from __future__ import annotations

import re
from pathlib import Path
from shutil import copytree

import psycopg
import pytest

from tools import catalog, migrate
from tools.catalog import Difference, host
from tools.console import Failure
from tools.credentials import jwt_login
from tools.migrate import commands, files
from tools.postgres.server import Cluster, throwaway
from tools.project import MIGRATIONS
from tools.verify import drift, lints


@pytest.fixture
def live(database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A migrated database that DATABASE_URL names."""
    monkeypatch.setenv("DATABASE_URL", database)
    return database


def changed(url: str, sql: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(sql.encode())


def test_a_database_as_migrated_has_no_drift(
    live: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert drift.main([]) == 0
    said = capsys.readouterr().out
    assert f"no drift: {len(catalog.facts(live))} facts agree" in said
    assert "differs" not in said


def test_drift_says_what_and_which_way_and_where_it_is_explained(
    live: str, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(
        live,
        """
        drop policy tasks_select_user on app_data.tasks;
        alter table app_data.tags no force row level security;
        grant select on app_data.users to todo_user;
        create table app_data.quick_fix (id integer);
        """,
    )
    assert drift.main([]) == 1
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert (
        "table app_data.tags: row level security differs: migrations/ says "
        "enabled and forced, the database says enabled, not forced"
    ) in lines
    assert (
        "table app_data.quick_fix is missing in migrations/; the database has it"
        in lines
    )
    assert (
        "table app_data.users: grant to todo_user is missing in migrations/; "
        "the database has SELECT"
    ) in lines
    assert any(
        line.startswith(
            "table app_data.tasks: policy tasks_select_user is missing in "
            "the database; migrations/ has command select"
        )
        for line in lines
    )
    summary = next(line for line in lines if line.startswith("4 differences; see "))
    assert "sql/app_data/access/tasks.sql" in summary
    assert "sql/app_data/access/users.sql" in summary
    assert "quick_fix" not in summary


def test_looking_changes_nothing(live: str) -> None:
    with psycopg.connect(live, autocommit=True) as connection:
        connection.execute("alter role postgres set default_transaction_read_only = on")
        try:
            assert drift.main([]) == 0
        finally:
            connection.execute("set default_transaction_read_only = off")
            connection.execute(
                "alter role postgres reset default_transaction_read_only"
            )


def test_what_is_not_applied_yet_is_no_drift(
    live: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    last = files.read()[-1].id
    next_ = f"{int(last[:4]) + 1:04}_add_mark"
    directory = copytree(MIGRATIONS, tmp_path / "migrations")
    (directory / f"{next_}.sql").write_text(
        f"-- depends: {last}\n\nalter table app_data.tags add column mark integer;\n"
    )
    (directory / f"{next_}.rollback.sql").write_text(
        "alter table app_data.tags drop column mark;\n"
    )
    monkeypatch.setattr(drift, "MIGRATIONS", directory)
    assert drift.main([]) == 0
    assert f"not applied yet, and left out: {next_}" in capsys.readouterr().out


def test_a_database_without_a_record_is_compared_with_all(
    live: str, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(
        live, "drop schema todo_migrations cascade; drop view app_private.miscounts"
    )
    assert drift.main([]) == 1
    said = capsys.readouterr().out
    assert "no migration is recorded; compared with all of them" in said
    assert "view app_private.miscounts is missing in the database" in said


def test_a_database_that_is_not_migrated_is_told_so(
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with throwaway(cluster.bin) as empty:
        monkeypatch.setenv("DATABASE_URL", empty.url())
        with pytest.raises(Failure, match="not applied to this database") as caught:
            drift.main([])
        assert commands.main(["status"]) == 0
    assert (caught.value.next or "").startswith("make migrate")
    assert "next: make migrate" in capsys.readouterr().out


def test_an_edited_or_deleted_file_is_drift_of_its_own(
    live: str, capsys: pytest.CaptureFixture[str]
) -> None:
    first = files.read()[0]
    changed(
        live,
        "update todo_migrations.files set checksum = repeat('0', 64) "
        f"where migration_id = '{first.id}'",
    )
    assert drift.main([]) == 1
    said = capsys.readouterr().out
    assert f"{first.id}.sql was edited after it had been applied" in said
    assert "1 difference; see make status" in said
    assert "differs:" not in said


def test_schemas_of_others_can_be_left_out(live: str) -> None:
    changed(live, "create schema theirs; create table theirs.t (a int)")
    assert drift.main([]) == 1
    assert drift.main(["--schema", "app", "--schema", "app_data"]) == 0


def test_what_the_host_decides_is_not_counted() -> None:
    given = [
        Difference("database", "collation", "C", "de_DE.UTF-8"),
        Difference("extension citext", "", "version 1.6 …", "version 1.8 …", True),
        Difference("database", "grant to neon_superuser", None, "CREATE", True),
        Difference("default privileges of host on tables", "", None, "host ALL", True),
    ]
    drifted = [
        Difference("database", "encoding", "UTF8", "LATIN1"),
        Difference("extension citext", "", None, "version 1.8 …", True),
        Difference("database", "grant to PUBLIC", None, "TEMPORARY", True),
        Difference("database", "grant to todo_user", None, "CREATE", True),
        Difference("schema app", "grant to neon_superuser", None, "USAGE", True),
        Difference("default privileges of host on tables", "", None, "todo_app ALL"),
        Difference("default privileges of todo_owner on types", "", None, "x ALL"),
    ]
    assert host.sort_out([*given, *drifted]) == (drifted, given)


def test_what_posture_advises_is_no_drift(live: str) -> None:
    """To take the right to end other sessions from PUBLIC; to give more is drift."""
    rules = [rule for rule in lints.read() if rule.key == "signals_to_sessions"]
    with psycopg.connect(live, autocommit=True) as connection:
        found = list(lints.find(connection, rules))
        assert len(found) == 2
        for one in found:
            connection.execute(one.mend.encode())
        assert list(lints.find(connection, rules)) == []
    assert drift.main([]) == 0
    changed(live, "grant execute on function pg_reload_conf() to todo_user")
    assert drift.main([]) == 1


TAKES = "takes a right away, which somebody may be using"
SMALL = """
    drop policy tasks_select_user on app_data.tasks;
    grant select on app_data.users to todo_user;
    create table app_data.quick_fix (id integer);
    alter table app_data.tasks add column hot text;
    alter table app_data.tasks drop constraint tasks_title_is_short;
    drop index app_data.tasks_trash_idx;
    alter table app_data.tags alter column colour set default '#000000';
    drop trigger tags_900_bump_version on app_data.tags;
    comment on table app_data.tags is 'changed';
    alter table app_data.tasks alter column title set statistics 100;
    alter table app_data.tags owner to postgres;
    alter view app.tags set (security_invoker = false);
    revoke insert (title) on app_data.tasks from todo_user;
    alter policy tags_select_user on app_data.tags using (true);
    alter function app.uuid_v7() security definer;
    grant execute on function app_private.read_token(text) to public;
    grant create on schema app to public;
    create or replace function app.delete_task(p_task_id uuid) returns integer
    language sql volatile set search_path = pg_catalog, pg_temp return 1;
"""
# What belongs to the server; hence on one of its own.
LARGE = """
    alter role todo_app valid until 'infinity'; -- no drift: make credentials does it
    alter role todo_app set statement_timeout = '1h';
    alter role todo_user login;
    grant todo_owner to todo_app;
    revoke todo_auth from todo_app;
    alter database live set work_mem = '1GB';
    alter role todo_app in database live set lock_timeout = '1h';
    grant connect on database live to public;
    create role stranger;
    grant select on app_data.tasks to stranger;
"""


def sentences(said: str) -> str:
    """What drift prints for psql."""
    return said[said.index("begin;") : said.index("commit;") + len("commit;")]


def test_what_drift_prints_mends_it_and_says_what_is_dangerous(
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    with throwaway(cluster.bin) as own:
        own.psql("-c", "create database live")
        url = own.url("live")
        migrate.apply(url)
        monkeypatch.setenv("DATABASE_URL", url)
        changed(url, SMALL + LARGE)
        before = catalog.facts(url)
        assert drift.main([]) == 1
        said = capsys.readouterr().out
        assert catalog.facts(url) == before, "it only looks"
        assert "not mended by these" not in said
        script = tmp_path / "mend.sql"
        script.write_text(sentences(said))
        done = own.psql("-q", "-f", str(script), dbname="live")
        assert done.returncode == 0, done.stderr
        assert drift.main([]) == 0, capsys.readouterr().out
    told = re.findall(r"^-- dangerous: (.*)\n(.*);$", said, re.MULTILINE)
    dangers = {statement: danger for danger, statement in told}
    assert {
        'DROP TABLE "app_data"."quick_fix"': "loses data",
        'ALTER TABLE "app_data"."tasks" DROP COLUMN "hot"': "loses data",
        'REVOKE "todo_owner" FROM "todo_app"': TAKES,
        'REVOKE ALL ON TABLE "app_data"."tasks" FROM "stranger"': TAKES,
    }.items() <= dangers.items()
    assert any("INDEX tasks_trash_idx" in s and "writes" in dangers[s] for s in dangers)
    assert not any(s.startswith(("COMMENT", "GRANT")) for s in dangers)


def test_what_cannot_be_mended_so_is_named(
    live: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The order of columns: nothing but another table changes it."""
    changed(
        live,
        """
        drop view app.commands;
        alter table app_data.commands drop column created_at;
        alter table app_data.commands
        add column created_at timestamptz not null default now();
        """,
    )
    assert drift.main([]) == 1
    said = capsys.readouterr().out
    assert "-- not mended by these: table app_data.commands: order of columns" in said
    assert 'CREATE VIEW "app"."commands"' in sentences(said)


def test_a_login_whose_claims_are_believed_is_left_alone(
    live: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with psycopg.connect(live, autocommit=True) as connection:
        jwt_login.ensure(connection, "drift_rest", "a test")
        try:
            connection.execute("comment on table app_data.tags is 'changed'")
            assert drift.main([]) == 1
        finally:
            jwt_login.remove(connection, "drift_rest")
    assert "drift_rest" not in sentences(capsys.readouterr().out)
