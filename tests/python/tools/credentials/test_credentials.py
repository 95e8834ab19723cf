"""The app gets a login and a key; neither is ever part of an SQL text or a log line."""

from __future__ import annotations

import itertools
import stat
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import psycopg
import pytest

from todo_db._identity.token import Signer
from todo_db.settings import SigningKey
from tools import migrate
from tools.console import Failure
from tools.credentials import (
    Kept,
    Wish,
    address,
    ensure,
    envfile,
    keys,
    login,
    read_env,
    retire,
)
from tools.postgres import databases
from tools.postgres.server import throwaway
from tools.project import LOGIN

ALICE = UUID("a0000000-0000-7000-8000-000000000000")
# Nobody is admitted who is not there.
_SIGN_UP = """
insert into app_data.users (id, email, password_hash) values (
    %(id)s, 'alice@example.org',
    '$argon2id$v=19$m=65536,t=3,p=4$' || repeat('a', 22) || '$' || repeat('a', 43)
)
"""


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


@pytest.fixture(scope="module")
def migrated() -> Iterator[str]:
    """A server of its own: the password of a role belongs to the whole server."""
    with throwaway() as server:
        filled(server.url())
        yield server.url()


def filled(url: str) -> None:
    """Migrate the database at *url* and let Alice sign up."""
    migrate.apply(url)
    with psycopg.connect(url) as connection:
        connection.execute(_SIGN_UP, {"id": ALICE})


@pytest.fixture
def url(migrated: str) -> str:
    """A database as the migrations leave it: without a password and without any key."""
    with psycopg.connect(migrated) as connection:
        connection.execute("delete from app_private.signing_keys")
        connection.execute("alter role todo_app password null")
    return migrated


def whoami(env: dict[str, str]) -> UUID | None:
    """Log in and show a token, as the app does."""
    number, _, secret = env["TODO_SIGNING_KEY"].partition(":")
    token = Signer(SigningKey(int(number), bytes.fromhex(secret))).for_user(ALICE)
    with psycopg.connect(env["TODO_DATABASE_URL"]) as connection:
        connection.execute(
            "select set_config('role', 'todo_user', true),"
            " set_config('app.token', %s, true)",
            (token,),
        )
        row = connection.execute("select app.current_user_id()").fetchone()
    assert row is not None
    found: UUID | None = row[0]
    return found


def test_what_it_writes_opens_the_door(url: str, env_file: Path) -> None:
    assert len(ensure(url, env_file)) == 3
    assert stat.S_IMODE(env_file.stat().st_mode) == 0o600
    assert whoami(read_env(env_file)) == ALICE


def test_a_second_run_changes_nothing(url: str, env_file: Path) -> None:
    ensure(url, env_file)
    before = env_file.read_bytes()
    assert ensure(url, env_file) == []
    assert env_file.read_bytes() == before


def set_password(url: str, password: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(f"alter role todo_app password '{password}'".encode())


def app_with(url: str, password: str) -> str:
    return address.app_url(url, password)


def state(url: str) -> object:
    """Everything that a run could change in the server."""
    with psycopg.connect(url) as connection:
        role = connection.execute(
            "select rolpassword, rolvaliduntil::text from pg_authid where rolname = %s",
            [LOGIN],
        ).fetchall()
        there = connection.execute(
            "select to_regclass('app_private.signing_keys') is not null"
        ).fetchall()[0][0]
        keys = "select key_id, retired_at from app_private.signing_keys order by 1"
        return role, connection.execute(keys.encode()).fetchall() if there else None


def test_a_password_of_another_environment_is_kept(url: str, env_file: Path) -> None:
    """The password works for somebody; it is not in this file."""
    set_password(url, "known elsewhere")
    before = state(url)
    for text in ("", f"TODO_DATABASE_URL={app_with(url, 'stale')}\n"):
        env_file.write_text(text)
        with pytest.raises(Kept, match="todo_app has a password") as caught:
            ensure(url, env_file)
        assert "a role is the server's" in caught.value.what
        assert "make rotate what=password" in (caught.value.next or "")
        assert ("restore=password" in (caught.value.next or "")) == bool(text)
        assert state(url) == before
        assert env_file.read_text() == text
    assert list(env_file.parent.iterdir()) == [env_file]


def test_a_new_password_is_set_when_told(url: str, env_file: Path) -> None:
    set_password(url, "known elsewhere")
    env_file.write_text("OTHER=kept\n")
    done = ensure(url, env_file, Wish(rotate_password=True))
    assert done[0] == "set the password of todo_app"
    assert read_env(env_file)["OTHER"] == "kept"
    assert whoami(read_env(env_file)) == ALICE
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(app_with(url, "known elsewhere"))


def test_one_command_brings_the_files_password_back(url: str, env_file: Path) -> None:
    """Somebody changed it; every app that has the file's gets in again."""
    ensure(url, env_file, Wish(rotate_password=True))
    before = read_env(env_file)
    set_password(url, "of an attacker")
    with pytest.raises(psycopg.OperationalError):
        whoami(before)
    done = ensure(url, env_file, Wish(restore_password=True))
    assert done[0] == "set the password of todo_app again"
    assert read_env(env_file) == before
    assert whoami(before) == ALICE


def test_a_lost_file_names_the_keys_that_are_live(url: str, env_file: Path) -> None:
    ensure(url, env_file, Wish(rotate_password=True))
    env_file.unlink()
    with pytest.raises(Kept, match=r"signing keys in use: 1 \(since 20"):
        ensure(url, env_file)
    said = "\n".join(ensure(url, env_file, Wish(rotate_password=True)))
    assert "in use: 1 (since" in said
    assert "the file has 2" in said
    assert "make credentials retire=<key>" in said
    retire(url, 1, env_file)
    assert whoami(read_env(env_file)) == ALICE


@pytest.mark.parametrize("wish", [Wish(), Wish(rotate_password=True)])
def test_an_unmigrated_database_changes_nothing(
    url: str, env_file: Path, wish: Wish
) -> None:
    """The role is there, because another database of the server is migrated."""
    databases.drop(url, "wrong")
    databases.create(url, "wrong")
    before = state(url)
    wrong = url.replace("/postgres?", "/wrong?")
    assert wrong != url
    with pytest.raises(Failure, match="not applied to this database") as caught:
        ensure(wrong, env_file, wish)
    assert "it is the server's" in caught.value.what
    assert state(url) == before
    assert not env_file.exists()


def test_a_file_of_another_database_is_kept(url: str, env_file: Path) -> None:
    ensure(url, env_file, Wish(rotate_password=True))
    databases.drop(url, "second")
    databases.create(url, "second")
    second = url.replace("/postgres?", "/second?")
    filled(second)
    before = env_file.read_bytes(), state(url), state(second)
    with pytest.raises(Kept, match=r"is for todo_app@.*another database"):
        ensure(second, env_file)
    assert (env_file.read_bytes(), state(url), state(second)) == before
    other = env_file.with_name(".env.second")
    with pytest.raises(Kept, match="a role is the server's"):
        ensure(second, other)
    # With the password that the server has it gets a file, and only a key is new.
    other.write_text(f"TODO_DATABASE_URL={_moved(read_env(env_file), second)}\n")
    assert ensure(second, other)[0] == "made signing key 1"
    assert whoami(read_env(other)) == whoami(read_env(env_file)) == ALICE


def _moved(env: dict[str, str], url: str) -> str:
    return app_with(url, address.password(env["TODO_DATABASE_URL"]))


def test_a_moved_socket_changes_the_address_alone(
    url: str, env_file: Path, tmp_path: Path
) -> None:
    ensure(url, env_file, Wish(rotate_password=True))
    before, env = state(url), read_env(env_file)
    gone = quote(str(tmp_path / "gone"), safe="")
    host = quote(address._part(url, "host"), safe="")
    text = env_file.read_text()
    assert host in text
    env_file.write_text(text.replace(host, gone))
    assert ensure(url, env_file)[0] == "the address has changed, the password has not"
    assert read_env(env_file) == env
    assert state(url) == before


def test_a_login_without_the_right_changes_nothing(url: str, env_file: Path) -> None:
    before = state(url)
    with psycopg.connect(url, autocommit=True) as connection:
        for role, option in (("stranger", ""), ("half", "in role todo_owner")):
            connection.execute(
                f"create role {role} login password 'x' {option}".encode()
            )
            connection.execute(f"grant connect on database postgres to {role}".encode())
    for role, match in (
        ("stranger", "no member of todo_owner"),
        ("half", "may not set the password"),
    ):
        other = url.replace("postgres@", f"{role}:x@", 1)
        assert other != url
        with pytest.raises(Failure, match=match):
            ensure(other, env_file, Wish(rotate_password=True))
    assert state(url) == before
    assert list(env_file.parent.iterdir()) == []


def test_a_file_that_cannot_be_written_changes_nothing(
    url: str, env_file: Path
) -> None:
    before = state(url)
    nowhere = env_file.parent / "gone" / ".env"
    with pytest.raises(Failure, match=r"cannot write \.env.*nothing was changed"):
        ensure(url, nowhere, Wish(rotate_password=True))
    assert state(url) == before


@pytest.mark.parametrize("last", ["prepare", "replace"])
def test_a_run_that_dies_is_finished_by_the_next(
    url: str, env_file: Path, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    """Before COMMIT nothing has changed; after it the prepared file has the secrets."""
    ensure(url, env_file, Wish(rotate_password=True))
    before, env = state(url), read_env(env_file)
    real = envfile.prepare

    def dies(*arguments: Any) -> None:
        if last == "prepare":
            real(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(envfile, last, dies)
        with pytest.raises(KeyboardInterrupt):
            ensure(url, env_file, Wish(rotate_password=True))
    assert read_env(env_file) == env
    assert (state(url) == before) == (last == "prepare")
    said = ensure(url, env_file)
    assert [line.split(":")[0] for line in said] == (
        [] if last == "prepare" else ["finished an interrupted run"]
    )
    assert whoami(read_env(env_file)) == ALICE
    assert list(env_file.parent.iterdir()) == [env_file]


def test_rotation_has_no_gap(url: str, env_file: Path) -> None:
    ensure(url, env_file, Wish(rotate_password=True))
    first = read_env(env_file)
    ensure(url, env_file, Wish(rotate_key=True))
    second = read_env(env_file)
    assert first["TODO_DATABASE_URL"] == second["TODO_DATABASE_URL"]
    assert whoami(first) == whoami(second) == ALICE
    with pytest.raises(Failure, match=r"is the one in \.env"):
        retire(url, 2, env_file)
    retire(url, 1, env_file)
    assert whoami(second) == ALICE
    assert whoami(first) is None
    with pytest.raises(Failure, match="the only one"):
        retire(url, 2)
    with pytest.raises(Failure, match="no signing key 1 in use"):
        retire(url, 1)


def test_eight_new_keys_at_once_are_eight_keys(url: str, env_file: Path) -> None:
    ensure(url, env_file, Wish(rotate_password=True))
    with ThreadPoolExecutor(8) as pool:
        runs = [
            pool.submit(ensure, url, env_file, Wish(rotate_key=True)) for _ in "8" * 8
        ]
        assert [run.exception() for run in runs] == [None] * 8
    with psycopg.connect(url) as connection:
        assert [key.number for key in keys.live(connection)] == list(range(1, 10))
    assert keys.number(read_env(env_file)["TODO_SIGNING_KEY"]) == "9"
    assert list(env_file.parent.iterdir()) == [env_file]


def test_two_databases_of_a_server_agree_on_one_password(
    url: str, env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock of migrations holds in one database; the role's own in all of them."""
    real, delays = login.set_password, itertools.cycle((0.2, 0.6))

    def slowly(*arguments: Any) -> str:
        # Both have looked before the first one commits, unless one waits for the other.
        time.sleep(next(delays))
        return real(*arguments)

    monkeypatch.setattr(login, "set_password", slowly)
    databases.drop(url, "twin")
    databases.create(url, "twin")
    twin = url.replace("/postgres?", "/twin?")
    filled(twin)
    for _ in range(2):
        with psycopg.connect(url) as connection:
            connection.execute("alter role todo_app password null")
        for file in env_file.parent.iterdir():
            file.unlink()
        files = [env_file.with_name(".env.one"), env_file.with_name(".env.two")]
        with ThreadPoolExecutor(2) as pool:
            runs = [
                pool.submit(ensure, *pair)
                for pair in zip((url, twin), files, strict=True)
            ]
            errors = [run.exception() for run in runs]
        assert [type(error) for error in errors if error] == [Kept]
        (written,) = [file for file in files if file.exists()]
        assert whoami(read_env(written)) == ALICE


def test_no_secret_is_in_any_statement(url: str, env_file: Path) -> None:
    """Everything that the server can log of a statement is logged, and searched."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute("select current_setting('data_directory')").fetchone()
        assert row is not None
        connection.execute("alter system set log_statement = 'all'")
        connection.execute("alter system set log_parameter_max_length = -1")
        connection.execute("alter system set log_min_duration_statement = 0")
        connection.execute("select pg_reload_conf()")
        ensure(url, env_file)
        connection.execute("alter system reset all")
        connection.execute("select pg_reload_conf()")
    env = read_env(env_file)
    log = (Path(row[0]).parent / "log").read_text("utf-8", "replace")
    assert "alter role" in log
    secret = env["TODO_SIGNING_KEY"].partition(":")[2]
    password = env["TODO_DATABASE_URL"].partition("todo_app:")[2].partition("@")[0]
    pads = keys.pads(bytes.fromhex(secret))
    for hidden in (secret, password, pads[0].hex(), pads[1].hex()):
        assert hidden not in log


def test_without_migrations_it_says_so(env_file: Path) -> None:
    with throwaway() as empty, pytest.raises(Failure, match="not applied"):
        ensure(empty.url(), env_file)
    assert not env_file.exists()


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        (
            "ep-x-1.eu-central-1.aws.neon.tech",
            "ep-x-1-pooler.eu-central-1.aws.neon.tech",
        ),
        ("db.example.org", "db.example.org"),
        ("db.example.org:6000", "db.example.org:6000"),
        ("%2Frun%2Fpg", "%2Frun%2Fpg"),
    ],
)
def test_the_app_goes_through_the_pooler_on_neon(host: str, shown: str) -> None:
    given = f"postgresql://m:x@{host}/todo?sslmode=require"
    if host.endswith(".neon.tech"):
        given += "&channel_binding=require"
    url = address.app_url(given, "p@:/")
    assert url == f"postgresql://todo_app:p%40%3A%2F@{shown}/todo?sslmode=require"


def test_a_shell_reads_the_file(url: str, env_file: Path) -> None:
    """`set -a; . ./.env` is what people type."""
    ensure(url, env_file)
    shown = subprocess.run(
        ["sh", "-c", f"set -a; . {env_file}; env"],
        capture_output=True,
        text=True,
        check=True,
        env={},
    ).stdout
    assert dict(line.split("=", 1) for line in shown.splitlines()).items() >= (
        read_env(env_file).items()
    )


def test_an_address_keeps_how_the_server_is_verified() -> None:
    url = (
        "postgresql://owner:x@ep-a-1.eu.aws.neon.tech/todo"
        "?sslmode=verify-full&sslrootcert=/etc/ca.pem"
    )
    watched = address.login_url(url, "todo_monitor", "y")
    assert watched.startswith(
        "postgresql://todo_monitor:y@ep-a-1.eu.aws.neon.tech/todo?"
    )
    assert "sslmode=verify-full" in watched
    assert "sslrootcert" in watched
    assert "@ep-a-1-pooler.eu.aws.neon.tech/" in address.app_url(url, "y")
