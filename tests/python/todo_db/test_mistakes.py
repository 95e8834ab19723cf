"""What people put into the environment by mistake: each has a sentence, and no secret.

`sesame` is part of every password here, and of no message.
"""

from __future__ import annotations

import pytest

from todo_db import Settings, SettingsError

KEY = "3:" + "0f" * 32
URL = "postgresql://todo_app:sesame@db.example.org/todo"
ENCODE = "must be encoded"


def _settings(**more: str) -> Settings:
    return Settings.from_env(
        {"TODO_DATABASE_URL": URL, "TODO_SIGNING_KEY": KEY, **more}
    )


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("jdbc:postgresql://h/d?user=u&password=sesame", "not with jdbc:"),
        ("postgresql+asyncpg://u:sesame@h/d", "the driver is psycopg here, not asyncp"),
        (
            "postgres+psycopg2://u:sesame@h/d",
            "the driver is psycopg here, not psycopg2",
        ),
        ("postgres:/u:sesame@h/d", "with two slashes"),
        ("postgresql:u:sesame@h/d", "with two slashes"),
        ("psql 'postgresql://u:sesame@h/d'", "hold nothing but the URL"),
        ("TODO_DATABASE_URL=postgresql://u:sesame@h/d", "hold nothing but the URL"),
        ("host=h user=u password=sesame", "must start with postgresql://"),
        ("mysql://u:sesame@h/d", "must start with postgresql://"),
        ("'postgresql://u:sesame@h/d'", "has quotes around its value"),
        ('"postgresql://u:sesame@h/d"\n', "has quotes around its value"),
        ("postgresql://u:se@sesame@h/d", ENCODE),
        ("postgresql://u:sesame@@h/d", ENCODE),
        ("postgresql://u:@[sesame@h/d", ENCODE),
        ("postgresql://u:sesame/x@h/d", ENCODE),
        ("postgresql://u:1/sesame@h/d", ENCODE),
        ("postgresql://u:sesame%zz@h/d", ENCODE),
        ("postgresql://u:sesame x@h/d", ENCODE),
        ("postgresql://u:a?sesame/c@h/d", ENCODE),
        ("postgresql://u:a?sesame=/c@h/d", ENCODE),
        ("postgresql://u:sesame@h:port/d", "the port must be a number"),
        ("postgresql://u:sesame@h:0/d", "the port must be a number"),
        ("postgresql://u:sesame@h:70000/d", "the port must be a number"),
        ("postgresql://u:sesame@h:5432,g:x/d", "the port must be a number"),
        ("postgresql://u:sesame@h\n/d", "a blank or a line break"),
        ("postgresql://u:sesame@h/d\nTODO_POOLER=none", "a blank or a line break"),
        ("postgresql://u:sesame@h/d?sslmod=require", "no option sslmod"),
        ("postgresql://u:sesame@h/d?sslmode", "the form name=value"),
        ("postgresql://u:sesame@h/d?sslmode=verify_full", "sslmode has a value"),
        ("postgresql://u:sesame@h/d?channel_binding=on", "channel_binding has a value"),
        ("postgresql://u:sesame@h/d?sslmode=require&sslrootcert=system", "contradict"),
        ("postgresql://u:sesame@h/d?target_session_attrs=rw", "attrs has a value"),
        ("postgresql://u:sesame@h/d?connect_timeout=10s", "must be a whole number"),
        (
            "postgresql://u:sesame@h/d?sslrootcert=/no/ca.pem",
            "sslrootcert names a file that is not there",
        ),
        (
            f"postgresql://u:sesame@h/d?sslrootcert={__file__}",
            "sslrootcert names a file without a certificate",
        ),
        ("postgresql://u:sesame@h/d?sslkey=/no/key.pem", "sslkey names a file"),
        ("postgresql://u:sesame@/d?service=main", "name the host"),
        ("postgresql://h/d?password=sesame", "names no user"),
        ("postgresql://u:sesame@h", "names no database"),
    ],
)
@pytest.mark.parametrize(
    "name", ["TODO_DATABASE_URL", "TODO_REPLICA_URL", "TODO_DIRECT_URL"]
)
def test_a_wrong_url_is_explained(name: str, url: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        _settings(**{name: url})
    text = str(caught.value)
    assert text.startswith(name)
    assert sentence in text
    assert "sesame" not in text
    # A logged traceback shows the chain as well.
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    ("text", "password"),
    [
        ("ses%40me", "ses@me"),
        ("ses#me", "ses#me"),
        ("ses?me", "ses?me"),
        ("ses:me", "ses:me"),
        ("ses%2Fme%25", "ses/me%"),
    ],
)
def test_what_libpq_reads_rightly_is_left_to_it(text: str, password: str) -> None:
    address = _settings(TODO_DATABASE_URL=f"postgresql://u:{text}@h/d").address
    assert (address.parameters["password"], address.parameters["host"]) == (
        password,
        "h",
    )


def test_what_a_secret_store_adds_is_taken_away() -> None:
    settings = _settings(
        TODO_DATABASE_URL=f" {URL}\n",
        TODO_SIGNING_KEY=f"{KEY}\r\n",
        TODO_POOL_SIZE=" 5\n",
        TODO_POOLER="none\n",
        TODO_APPLICATION_NAME="shop\n",
    )
    assert settings.address.parameters["dbname"] == "todo"
    assert settings.key.id == 3
    assert (settings.pool_size, settings.application_name) == (5, "shop")


@pytest.mark.parametrize(
    "name",
    [
        "TODO_SIGNING_KEY",
        "TODO_POOLER",
        "TODO_POOL_SIZE",
        "TODO_POOL_WAIT",
        "TODO_CONNECT_TIMEOUT",
        "TODO_RETRY_BUDGET",
        "TODO_STATEMENT_TIMEOUT",
        "TODO_LOCK_TIMEOUT",
        "TODO_SCHEMA_CHECK",
    ],
)
@pytest.mark.parametrize("value", [URL, f"'{KEY}sesame'"])
def test_a_secret_in_the_wrong_variable_is_not_shown(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as caught:
        _settings(**{name: value})
    assert "sesame" not in str(caught.value)
    assert "0f0f" not in str(caught.value)


@pytest.mark.parametrize("name", ["TODO_POOL_SIZE", "TODO_CONNECT_TIMEOUT"])
def test_half_a_connection_is_none(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} must be a whole number"):
        _settings(**{name: "2.5"})


@pytest.mark.parametrize("rest", ["ep-x-pooler.eu.aws.neon.tech/d", "h:6432/d"])
def test_a_pooler_is_no_direct_host(rest: str) -> None:
    url = f"postgresql://u:sesame@{rest}"
    with pytest.raises(SettingsError, match="TODO_DIRECT_URL leads to a pooler"):
        _settings(TODO_DIRECT_URL=url)
    direct = _settings(TODO_DIRECT_URL=url, TODO_POOLER="none").direct
    assert direct is not None
