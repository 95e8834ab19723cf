"""The app gets a login and a key; neither is ever part of an SQL text or a log line."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from todo_db.settings import SigningKey
from todo_db.token import Signer
from tools import credentials, migrate
from tools.console import Failure
from tools.credentials import add_key, ensure, read_env, retire_key
from tools.server import throwaway

ALICE = UUID("a0000000-0000-7000-8000-000000000000")
# Nobody is admitted who is not there.
_SIGN_UP = """
insert into app.users (id, email, password_hash) values (
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
        migrate.apply(server.url())
        with psycopg.connect(server.url()) as connection:
            connection.execute(_SIGN_UP, {"id": ALICE})
        yield server.url()


@pytest.fixture
def url(migrated: str) -> str:
    """A database as the migrations leave it: without any key."""
    with psycopg.connect(migrated) as connection:
        connection.execute("delete from app_private.signing_keys")
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


def test_what_does_not_open_is_replaced(url: str, env_file: Path) -> None:
    ensure(url, env_file)
    env = read_env(env_file)
    with psycopg.connect(url) as connection:
        connection.execute("alter role todo_app password 'changed by somebody'")
        connection.execute("update app_private.signing_keys set retired_at = now()")
    env_file.write_text("OTHER=kept\n" + env_file.read_text())
    ensure(url, env_file)
    assert read_env(env_file) != env
    assert read_env(env_file)["OTHER"] == "kept"
    assert whoami(read_env(env_file)) == ALICE


def test_rotation_has_no_gap(url: str, env_file: Path) -> None:
    ensure(url, env_file)
    first = read_env(env_file)
    with psycopg.connect(url, autocommit=True) as connection:
        second = first | {"TODO_SIGNING_KEY": add_key(connection)}
        assert whoami(first) == whoami(second) == ALICE
        retire_key(connection, 1)
        assert whoami(second) == ALICE
        assert whoami(first) is None
        with pytest.raises(Failure, match="the only one"):
            retire_key(connection, 2)
        with pytest.raises(Failure, match="no signing key 1 in use"):
            retire_key(connection, 1)


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
    pads = credentials._pads(bytes.fromhex(secret))
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
    url = credentials._app_url(given, "p@:/")
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
