"""What SQL of the attacker's own writing can do inside Alice's transaction: nothing.

Each case is text that an injection would run: as todo_app, with Alice's token shown.
What is refused is refused for want of a privilege (42501), not because it is no sound
statement: a superuser can do the same. And where the name of a table is refused
already, the same is tried where all names are known.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import psycopg
import pytest
from psycopg.rows import TupleRow

from tests.python.databases import as_app, copied
from tests.python.security.people import ALICE, BOB, SIGNER, Acting, become
from tests.python.todo_db.pooler import pooling
from tools.postgres.server import Cluster

REFUSED = "42501"
ROLES = ("todo_user", "todo_auth", "none")

# Raising oneself, and reaching for what is nobody's.
ESCAPES = [
    "set role todo_owner",
    "set role todo_registrar",
    "set role postgres",
    "set session authorization postgres",
    "set session authorization todo_owner",
    "alter role todo_app superuser",
    "alter role todo_app bypassrls",
    "alter role todo_user bypassrls",
    "create role mallory",
    "grant todo_owner to todo_app",
    "grant select on app_private.signing_keys to todo_user",
    "alter table app_data.tasks disable row level security",
    "alter table app_data.tasks no force row level security",
    "drop policy tasks_select_user on app_data.tasks",
    "create policy p on app_data.tasks to todo_user using (true)",
    "create table app.mine (a integer)",
    "create table public.mine (a integer)",
    "create temporary table mine (a integer)",
    "create temporary view mine as select 1",
    "create schema mine",
    "create function pg_temp.f() returns integer language sql return 1",
    "create function app.f() returns integer language sql return 1",
    "create materialized view app.mine as select * from app_data.tasks",
    "create trigger t before insert on app_data.tasks"
    " for each row execute function app_private.bump_version()",
    "create rule r as on update to app_data.tasks do instead nothing",
    "create event trigger e on ddl_command_end execute function app_private.none()",
    "create extension pg_trgm schema app",
    "create publication p for table app_data.tasks",
    "create statistics app.s on id, title from app_data.tasks",
    "alter function app.current_user_id() immutable",
    "set session_replication_role = replica",
    "truncate app_data.tasks cascade",
    "comment on table app_data.tasks is 'mine'",
    "select * from app_private.signing_keys",
    "select * from app_private.trusted_jwt_logins",
    "select app_private.read_token('user')",
    "select app_private.require_scope('find_login', 'bob@example.org')",
    "select app_private.decoy_hash('bob@example.org')",
    "select password_hash from app_data.users",
    "select token_hash from app_auth.refresh_tokens",
    "select password_hash from app_auth.sign_ups",
    "select * from app_auth.login_attempts",
    "select * from app_auth.sessions",
    "select app_auth.email_hash('bob@example.org')",
    "select app_auth.is_admitted('b0000000-0000-7000-8000-000000000000', 0)",
    "select rolpassword from pg_authid",
    "select pg_read_file('/etc/passwd')",
    "copy (select 1) to program 'id'",
    "copy (select 1) to '/tmp/x'",
    "select lo_export(1, '/tmp/x')",
    "select pg_terminate_backend(pid) from pg_stat_activity where usename <> 'todo_app'"
    " and usename is not null and pid <> pg_backend_pid()",
    "select pg_reload_conf()",
    "select pg_rotate_logfile()",
    "do $$ begin set role todo_owner; end $$",
    "reindex table app_data.tasks",
    "drop owned by todo_user",
    "drop owned by todo_owner cascade",
    "reassign owned by todo_user to todo_app",
    "alter default privileges for role todo_owner grant all on tables to todo_user",
    "alter database {database} set row_security = off",
    # The views in front of the tables, and the way around them.
    "select title from app_data.tasks",
    "update app_data.tasks set title = 'x'",
    "table app_data.tasks",
    "create view app.mine as select * from app_data.tasks",
    "create or replace view app.tasks as select * from app.tasks",
    "alter view app.tasks set (security_invoker = false)",
    "alter view app.tasks owner to todo_app",
    "alter view app.tasks rename to others",
    "drop view app.tasks cascade",
    "create rule r as on update to app.tasks do instead nothing",
    "create trigger t instead of insert on app.tasks"
    " for each row execute function app_private.bump_version()",
    "grant usage on schema app_data to todo_user",
    "alter schema app_data rename to theirs",
]
# Not to be tried as a superuser, because it would be done: to files, to processes.
DONE_AT_ONCE = frozenset(
    text
    for text in ESCAPES
    if any(word in text for word in ("program", "'/tmp", "pg_terminate", "pg_reload"))
)
# What even a superuser is told: to make the function first, to have another token.
TOLD = {
    "create event trigger e on ddl_command_end"
    " execute function app_private.none()": "42883",
    "select app_private.require_scope('find_login', 'bob@example.org')": "28000",
}
# Wherever the tables' names are known, these give Alice's own rows and no others.
OWN = [
    "select user_id from app_data.tasks",
    "select user_id, ctid from app_data.tasks where ctid >= '(0,0)'",
    "select user_id from app_data.tasks tablesample system (100)",
    "set local search_path = app_data; select user_id from tasks",
    "update app_data.tasks set title = 'x' returning user_id",
    "delete from app_data.task_tags returning user_id",
    "select id from app_data.users",
    "update app_data.users set first_name = 'x' returning id",
    "select user_id from only app_data.projects for update",
]
# What a view is not, and what its columns are not.
NOT_OF_VIEWS = {
    "select password_hash from app.users": "42703",
    "select ctid from app.tasks": "42703",
    "select xmin from app.tasks": "42703",
    "truncate app.tasks": "42809",
    "select * from app.tasks tablesample system (100)": "0A000",
    "set local search_path = app_data; select title from tasks": "42P01",
}
# Not to be done in a transaction.
ALONE = [
    "vacuum app_data.tasks",
    "vacuum full app_data.tasks",
    "reindex table concurrently app_data.tasks",
    "cluster app_data.tasks using tasks_pkey",
    "alter system set row_security = off",
    "create database mine",
    "drop database {database}",
    "create index concurrently on app_data.tasks (title)",
]


def _refusal(connection: psycopg.Connection[TupleRow], text: str, role: str) -> str:
    """Return the SQLSTATE by which *text* is refused in the open transaction."""
    connection.execute(
        "select set_config('role', %s, true),"
        # Some wait for a lock before they are refused; here, as long as it takes.
        " set_config('lock_timeout', '60s', true),"
        " set_config('statement_timeout', '60s', true)",
        (role,),
    )
    with pytest.raises(psycopg.Error) as refused:
        connection.execute(_named(connection, text))
    return refused.value.sqlstate or ""


def _named(connection: psycopg.Connection[TupleRow], text: str) -> bytes:
    return text.replace("{database}", connection.info.dbname).encode()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("text", ESCAPES)
def test_escape(acting: Acting, text: str, role: str) -> None:
    with acting(ALICE) as connection:
        assert _refusal(connection, text, role) == REFUSED


@pytest.mark.parametrize("text", sorted({*ESCAPES} - DONE_AT_ONCE))
def test_an_escape_is_a_sound_statement(shared_database: str, text: str) -> None:
    """What is refused would be done for somebody who may."""
    with psycopg.connect(shared_database, autocommit=True) as connection:
        with connection.transaction(force_rollback=True):
            become(connection, ALICE)  # some ask for the token
            connection.execute("set local role postgres")
            try:
                connection.execute(_named(connection, text))
            except psycopg.Error as error:
                assert error.sqlstate == TOLD.get(text), error


@pytest.mark.parametrize(("text", "state"), NOT_OF_VIEWS.items())
def test_a_view_has_less_than_a_table(acting: Acting, text: str, state: str) -> None:
    with acting(ALICE) as connection:
        assert _refusal(connection, text, "todo_user") == state


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("text", ALONE)
def test_escape_outside_of_a_transaction(
    shared_app_url: str, text: str, role: str
) -> None:
    with psycopg.connect(shared_app_url, autocommit=True) as connection:
        connection.execute("select set_config('role', %s, false)", (role,))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(_named(connection, text))


@pytest.fixture(scope="module")
def opened(cluster: Cluster, template: str) -> Iterator[psycopg.Connection]:
    """The app's login in a database whose schemas are open: all names are known."""
    with copied(cluster, template) as url:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(
                "grant usage on schema app, app_data, app_auth, app_private,"
                " app_integrity to todo_app, todo_user, todo_auth"
            )
        with psycopg.connect(as_app(url), autocommit=True) as connection:
            yield connection


_NAMES = ("app_data.", "app_auth.", "app_private.", "app_integrity.")
_GRANTED = ("select title from", "update app_data.tasks", "table app_data.tasks")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    "text",
    [
        text
        for text in ESCAPES
        if any(name in text for name in _NAMES) and not text.startswith(_GRANTED)
    ],
)
def test_escape_where_all_names_are_known(
    opened: psycopg.Connection, text: str, role: str
) -> None:
    """The second layer alone: privileges on the object itself, or owning it."""
    with opened.transaction(force_rollback=True):
        become(opened, ALICE)
        assert _refusal(opened, text, role) == REFUSED


@pytest.mark.parametrize("text", OWN)
def test_own_rows_where_all_names_are_known(
    opened: psycopg.Connection, text: str
) -> None:
    """The third layer alone: row-level security."""
    with opened.transaction(force_rollback=True):
        become(opened, ALICE)
        cursor = opened.execute(text.encode())
        while cursor.nextset():
            pass
        assert {row[0] for row in cursor.fetchall()} == {ALICE}
    for role in ("todo_auth", "none"):
        with opened.transaction(force_rollback=True):
            become(opened, ALICE)
            assert _refusal(opened, text, role) == REFUSED


_POLICIES = "select count(*) from pg_policies where roles && '{todo_user, todo_auth}'"


@pytest.mark.parametrize("role", ROLES)
def test_nobody_drops_a_policy_by_dropping_what_is_owned(
    acting: Acting, role: str
) -> None:
    """PostgreSQL asks nobody who owns a policy when its role is dropped from it."""
    with acting(ALICE) as connection:
        connection.execute("select set_config('role', %s, true)", (role,))
        before = connection.execute(_POLICIES).fetchone()
        with suppress(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute("drop owned by current_user cascade")
        assert connection.execute(_POLICIES).fetchone() == before != (0,)


def test_a_policy_that_can_be_dropped_is_noticed(database: str) -> None:
    """With a privilege on every relation as a whole, nothing would refuse it."""
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute("grant select on app_data.users to todo_user")
        with psycopg.connect(as_app(database), autocommit=True) as connection:
            with connection.transaction():
                become(connection, ALICE)
                connection.execute("drop owned by current_user")
        assert admin.execute(_POLICIES).fetchone() == (0,)


# Reaching for Bob: none may give a row.
REACHES = [
    "select * from app.tasks where user_id = '{bob}'",
    "select * from app.tasks where user_id::text like 'b0000%'",
    "with x as materialized (select set_config('app.user_id', '{bob}', true))"
    " select t.* from x, app.tasks as t where t.user_id = '{bob}'",
    "with x as materialized (select set_config('request.jwt.claims',"
    " '{{\"sub\": \"{bob}\"}}', true), set_config('app.token', '', true))"
    " select t.* from x, app.tasks as t where t.user_id = '{bob}'",
    "select t.* from app.tasks as t join app.users as u on u.id = t.user_id"
    " where u.email = 'bob@example.org'",
    "select * from app.tasks where user_id = '{bob}' for update",
    "select * from (select * from app.tasks union all select * from app.tasks) as t"
    " where user_id = '{bob}'",
    "select * from app.users where false union all"
    " select * from app.users where id = '{bob}'",
    "select * from ts_stat('select to_tsvector(title) from app.tasks"
    " where user_id = ''{bob}''')",
    "update app.tasks set title = 'x' where user_id = '{bob}' returning *",
    "delete from app.tasks where user_id = '{bob}' returning *",
    "select most_common_vals from pg_stats where tablename = 'tasks'",
    "select * from pg_stats where schemaname in ('app', 'app_data')",
    "select 1 from pg_stat_activity where query ~ 'bob' and pid <> pg_backend_pid()",
]


@pytest.mark.parametrize("text", REACHES)
def test_reach(acting: Acting, text: str) -> None:
    """Each of them runs, so that row security alone keeps the rows from Alice."""
    with acting(ALICE) as connection:
        assert connection.execute(text.format(bob=BOB).encode()).fetchall() == []


def gained(connection: psycopg.Connection[TupleRow]) -> list[str]:
    """Return what an attacker on *connection*, in autocommit, gets done after all."""
    found = []
    for text in (*ESCAPES, *NOT_OF_VIEWS):
        with connection.transaction(force_rollback=True):
            become(connection, ALICE)
            with suppress(psycopg.Error):
                connection.execute(_named(connection, text))
                found.append(text)
    for text in REACHES:
        with connection.transaction(force_rollback=True):
            become(connection, ALICE)
            if rows(connection, text.format(bob=BOB)):
                found.append(text)
    return found


def test_nothing_is_gained_through_a_pooler(
    cluster: Cluster, shared_app_url: str
) -> None:
    with pooling(cluster, servers=1) as pooler:
        with psycopg.connect(pooler.url(shared_app_url), autocommit=True) as connection:
            assert gained(connection) == []


def test_what_is_gained_is_noticed(opened: psycopg.Connection) -> None:
    assert "select title from app_data.tasks" in gained(opened)


def rows(connection: psycopg.Connection[TupleRow], text: str) -> list[TupleRow]:
    """Give the rows of *text*; to be refused for want of a privilege is none."""
    try:
        with connection.transaction():
            return connection.execute(text.encode()).fetchall()
    except psycopg.errors.InsufficientPrivilege:
        return []


def test_a_forged_token_is_refused(acting: Acting) -> None:
    good = SIGNER.for_user(BOB).split(".")
    forged = [
        ".".join([*good[:-1], "0" * 64]),
        SIGNER.for_user(ALICE).replace(str(ALICE), str(BOB)),
        ".".join(["v1", "9", *good[2:]]),
    ]
    for token in forged:
        with acting(ALICE) as connection:
            connection.execute("select set_config('app.token', %s, true)", (token,))
            assert rows(connection, "select 1 from app.tasks") == []
            with pytest.raises(psycopg.errors.InvalidAuthorizationSpecification):
                connection.execute("select app.authenticate()")


def test_the_log_in_functions_answer_no_person(acting: Acting) -> None:
    """The login may take todo_auth's role, but a person's token opens nothing there."""
    calls = [
        "select app_auth.find_login('bob@example.org')",
        "select app_auth.log_in('bob@example.org', 'x', sha256('x'))",
        "select app_auth.sign_up('bob@example.org', 'x', 'x', 'x', sha256('x'), 'UTC')",
        "select app_auth.request_reset('bob@example.org', sha256('x'))",
        "select app_auth.reset_password(sha256('b'), 'x')",
        "select app_auth.find_sign_up(sha256('b'))",
        "select app_auth.verify_email(sha256('b'), 'x')",
        "select app_auth.rotate_refresh_token(sha256('b'), sha256('x'))",
        "select app_auth.log_out(sha256('b'))",
    ]
    for call in calls:
        with acting(ALICE) as connection:
            connection.execute("select set_config('role', 'todo_auth', true)")
            with pytest.raises(psycopg.errors.InvalidAuthorizationSpecification):
                connection.execute(call.encode())


def test_an_auth_token_answers_one_question(shared_app_url: str) -> None:
    """Injected into a log-in of Eve's, SQL cannot ask for Bob's hash."""
    with psycopg.connect(shared_app_url) as connection:
        connection.execute(
            "select set_config('role', 'todo_auth', true),"
            " set_config('app.token', %s, true)",
            (SIGNER.for_call("find_login", "eve@example.org"),),
        )
        connection.execute("select app_auth.find_login('eve@example.org')")
        with pytest.raises(psycopg.errors.InvalidAuthorizationSpecification):
            connection.execute("select app_auth.find_login('bob@example.org')")


def test_nothing_is_left_for_the_next_transaction(shared_app_url: str) -> None:
    """In autocommit, after COMMIT and after ROLLBACK the connection is nobody's."""
    with psycopg.connect(shared_app_url, autocommit=True) as connection:
        for end in ("commit", "rollback"):
            connection.execute("begin")
            become(connection, ALICE)
            assert rows(connection, "select 1 from app.tags")
            connection.execute(end.encode())
            assert connection.execute(
                "select current_user::text,"
                " coalesce(current_setting('app.token', true), '')"
            ).fetchone() == ("todo_app", "")
            assert rows(connection, "select 1 from app.tags") == []
            with connection.transaction():
                become(connection, None)
                assert rows(connection, "select 1 from app.tags") == []


def test_another_person_on_the_same_connection(shared_app_url: str) -> None:
    """A prepared statement of Alice's, run by Bob, gives Bob's rows."""
    with psycopg.connect(shared_app_url, autocommit=True) as connection:
        text = "select distinct user_id from app.tasks"
        for _ in range(3):
            for who in (ALICE, BOB):
                with connection.transaction():
                    become(connection, who)
                    found = connection.execute(text, prepare=True).fetchall()
                    assert found == [(who,)]
