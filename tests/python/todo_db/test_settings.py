"""Settings come from the environment once, and a wrong one is named in a sentence."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import trustme

from todo_db import Settings, SettingsError
from todo_db._address import read_address

KEY = "3:" + "0f" * 32
URL = "postgresql://todo_app:secret@db.example.org/todo"


def _settings(**more: str) -> Settings:
    return Settings.from_env(
        {"TODO_DATABASE_URL": URL, "TODO_SIGNING_KEY": KEY, **more}
    )


def test_the_defaults() -> None:
    settings = _settings()
    assert settings.key.id == 3
    assert settings.key.secret == bytes([15] * 32)
    assert (settings.pool_size, settings.pool_wait) == (10, 10)
    assert settings.statement_timeout is None


def test_secrets_are_not_shown() -> None:
    shown = f"{_settings()!r} {_settings().address}"
    assert "secret" not in shown
    assert "0f0f" not in shown


def test_they_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        _settings().pool_size = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("TODO_DATABASE_URL", "", "TODO_DATABASE_URL is not set"),
        ("TODO_DATABASE_URL", "mysql://u@h/d", "must start with postgresql://"),
        ("TODO_DATABASE_URL", "postgresql://u@h/d?nonsense=1", "no usable URL"),
        ("TODO_DATABASE_URL", "postgresql://u@h:port/d?x", "no usable URL"),
        ("TODO_DATABASE_URL", "postgresql://h/d", "names no user"),
        ("TODO_DATABASE_URL", "postgresql://u@h", "names no database"),
        ("TODO_DATABASE_URL", f"{URL}?sslmode=prefer", "protects from nobody"),
        ("TODO_SIGNING_KEY", "", "TODO_SIGNING_KEY is not set"),
        ("TODO_SIGNING_KEY", "3:0f", "64 lower-case hex digits"),
        ("TODO_SIGNING_KEY", "70000:" + "0f" * 32, "64 lower-case hex digits"),
        ("TODO_SIGNING_KEY", "3:" + "0F" * 32, "64 lower-case hex digits"),
        ("TODO_POOLER", "session", "TODO_POOLER must be one of"),
        ("TODO_POOL_SIZE", "many", "TODO_POOL_SIZE must be a number"),
        ("TODO_POOL_SIZE", "nan", "TODO_POOL_SIZE must be from 0 to 1000"),
        ("TODO_POOL_WAIT", "-1", "TODO_POOL_WAIT must be from 0.1 to 600"),
        ("TODO_STATEMENT_TIMEOUT", "0", "TODO_STATEMENT_TIMEOUT must be from"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        _settings(**{name: value})
    assert sentence in str(caught.value)
    assert name in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "scheme",
    ["postgresql", "postgres", "postgresql+psycopg", "postgresql+psycopg_async"],
)
def test_each_way_to_write_the_scheme(scheme: str) -> None:
    address = read_address(f"{scheme}://u:p%40ss@h:5433/d", "X")
    assert address.parameters["password"] == "p@ss"
    assert address.parameters["port"] == "5433"


@pytest.mark.parametrize(
    ("rest", "pooled"),
    [
        ("ep-cool-1-pooler.eu-central-1.aws.neon.tech/d", True),
        ("ep-cool-1.eu-central-1.aws.neon.tech/d", False),
        ("aws-0-eu.pooler.supabase.com:5432/d", True),
        ("h:6432/d", True),
        ("h:6543/d", True),
        ("h:5432/d", False),
        ("h/d?pgbouncer=true", True),
        ("h/d?application_name=x&pgbouncer=true", True),
        ("h/d?pgbouncer=false", False),
    ],
)
def test_poolers_are_told_apart(rest: str, pooled: bool) -> None:
    assert read_address(f"postgresql://u@{rest}", "X").pooled is pooled


def test_the_word_of_the_operator_counts() -> None:
    assert _settings(TODO_POOLER="transaction").pool_size == 20
    pooled = "postgresql://u@h:6432/d"
    assert not _settings(TODO_DATABASE_URL=pooled, TODO_POOLER="none").address.pooled


def test_options_are_refused_with_a_pooler() -> None:
    url = "postgresql://u@h:6432/d?options=-c%20statement_timeout%3D1"
    with pytest.raises(SettingsError, match="ALTER ROLE"):
        read_address(url, "X")
    read_address(url.replace("6432", "5432"), "X")


@pytest.mark.parametrize(
    "host", ["h.example.org", "10.0.0.7", "a.example.org,localhost", "[2001:db8::1]"]
)
def test_other_hosts_are_verified(host: str) -> None:
    parameters = read_address(f"postgresql://u@{host}/d", "X").parameters
    assert parameters["sslmode"] == "verify-full"
    assert parameters["sslrootcert"]
    assert parameters["keepalives_idle"] == "30"


@pytest.mark.parametrize(
    "rest", ["localhost/d", "127.0.0.1/d", "[::1]/d", "/d?host=/run/x", "/d"]
)
def test_local_hosts_need_no_tls(rest: str) -> None:
    assert "sslmode" not in read_address(f"postgresql://u@{rest}", "X").parameters


@pytest.mark.parametrize("mode", ["disable", "require", "verify-ca", "verify-full"])
def test_a_mode_in_the_url_is_kept(mode: str) -> None:
    address = read_address(f"postgresql://u@h/d?sslmode={mode}", "X")
    assert address.parameters["sslmode"] == mode


def test_neon_is_verified_although_its_url_only_requires() -> None:
    url = (
        "postgresql://u@ep-x.eu.aws.neon.tech/d?sslmode=require&channel_binding=require"
    )
    parameters = read_address(url, "X").parameters
    assert parameters["sslmode"] == "verify-full"
    assert parameters["channel_binding"] == "require"


def test_a_certificate_in_the_url_is_kept(tmp_path: Path) -> None:
    mine = tmp_path / "mine.pem"
    trustme.CA().cert_pem.write_to_path(mine)
    address = read_address(f"postgresql://u@h/d?sslrootcert={mine}", "X")
    assert address.parameters["sslrootcert"] == str(mine)
    system = read_address("postgresql://u@h/d?sslrootcert=system", "X")
    assert system.parameters["sslrootcert"] == "system"


def test_the_system_s_certificates_are_used_when_nothing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.touch()
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    address = read_address("postgresql://u@h/d", "X")
    assert address.parameters["sslrootcert"] == str(bundle)


@pytest.mark.parametrize(
    "rest",
    [
        "h.example.org/d?hostaddr=127.0.0.1",
        "localhost/d?hostaddr=192.0.2.1",
        "localhost,h/d?hostaddr=127.0.0.1,127.0.0.2",
    ],
)
def test_name_and_number_must_both_be_local_to_go_without_tls(rest: str) -> None:
    address = read_address(f"postgresql://u@{rest}", "X")
    assert address.parameters["sslmode"] == "verify-full"


@pytest.mark.parametrize("name", ["PGHOST", "PGHOSTADDR"])
def test_libpq_s_own_variables_lead_nowhere_unprotected(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "192.0.2.1")
    if name == "PGHOST":
        parameters = read_address("postgresql://u@/d", "X").parameters
        assert parameters["sslmode"] == "verify-full"
        assert parameters["host"] == "192.0.2.1"
    else:
        with pytest.raises(SettingsError, match="name the host too"):
            read_address("postgresql://u@/d", "X")
    local = read_address("postgresql://u@/d?host=/run/x", "X").parameters
    assert "sslmode" not in local


def test_a_number_without_a_name_cannot_be_verified() -> None:
    with pytest.raises(SettingsError, match="name the host too"):
        read_address("postgresql://u@/d?hostaddr=192.0.2.1", "X")
    read_address("postgresql://u@/d?hostaddr=127.0.0.1", "X")
    read_address("postgresql://u@/d?hostaddr=192.0.2.1&sslmode=disable", "X")


def test_neon_binds_the_channel_and_others_may_not_know_how() -> None:
    host = "ep-x-pooler.eu.aws.neon.tech"
    for rest, binding in (
        (f"{host}/d", "require"),
        (f"{host}/d?channel_binding=prefer", "prefer"),
        (f"{host},h/d", None),
        ("h/d", None),
    ):
        parameters = read_address(f"postgresql://u@{rest}", "X").parameters
        assert parameters.get("channel_binding") == binding


def test_the_host_behind_the_pooler_is_not_guessed_from_its_number() -> None:
    url = "postgresql://u@ep-x-pooler.eu.aws.neon.tech/d?hostaddr=192.0.2.1"
    with pytest.raises(SettingsError, match="TODO_DIRECT_URL is not set"):
        _settings(TODO_DATABASE_URL=url).without_pooler()


def test_several_hosts_mean_the_one_that_takes_writes() -> None:
    parameters = read_address("postgresql://u@a,b/d", "X").parameters
    assert parameters["target_session_attrs"] == "read-write"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("TODO_DATABSE_URL", "TODO_DATABASE_URL"),
        ("TODO_SIGNIN_KEY", "TODO_SIGNING_KEY"),
        ("TODO_POOLSIZE", "TODO_POOL_SIZE"),
        ("TODO_STATEMENTS_TIMEOUT", "TODO_STATEMENT_TIMEOUT"),
        ("TODO_RETRY_BUGDET", "TODO_RETRY_BUDGET"),
    ],
)
@pytest.mark.parametrize("instead", [True, False])
def test_a_misspelt_variable_is_named(name: str, meant: str, instead: bool) -> None:
    """A setting that is silently left out is found out under load."""
    environ = {"TODO_DATABASE_URL": URL, "TODO_SIGNING_KEY": KEY, name: "x"}
    if instead:
        environ.pop(meant, None)
    with pytest.raises(SettingsError, match=f"{name} is no setting; write {meant}"):
        Settings.from_env(environ)


def test_other_variables_are_others_business() -> None:
    environ = {"TODO_DATABASE_URL": URL, "TODO_SIGNING_KEY": KEY}
    others = {"TODO_TEST_CLIENTS": "1", "TODO_LIST_COLOR": "red", "TODO": "buy milk"}
    assert Settings.from_env(environ | others) == Settings.from_env(environ)
