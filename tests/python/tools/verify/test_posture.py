"""`make posture`: what it says of a database, to people and to programs."""

from __future__ import annotations

import json

import psycopg
import pytest

from tools.postgres.server import Cluster, throwaway
from tools.verify import lints, posture

# What an operator could do wrong, and the rule that says so.
WRONG = {
    "fsync": ("off", "fsync_off"),
    "full_page_writes": ("off", "fsync_off"),
    "row_security": ("off", "row_security_off"),
    "password_encryption": ("md5", "password_encryption"),
    "ssl_min_protocol_version": ("TLSv1.1", "tls_old"),
    "log_statement": ("all", "log_parameters"),
    "log_parameter_max_length_on_error": ("-1", "log_parameters_on_error"),
    "log_timezone": ("Europe/Berlin", "time_zone_of_server"),
}


def test_a_database_as_migrated(
    database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    assert posture.main(["--json", "--about", "schema"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report == {"checks": report["checks"], "findings": []}
    assert report["checks"] >= 60


def test_what_is_wrong_comes_first_with_what_mends_it(
    database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    with psycopg.connect(database) as connection:
        connection.execute("alter table app_data.tags no force row level security")
        connection.execute("comment on table app_data.tags is null")
    assert posture.main(["--about", "schema"]) == 1
    said = capsys.readouterr().out
    assert said.startswith(
        "stop: app_data.tags: row-level security is not enabled and forced"
        " [rls_not_forced]"
    )
    assert "alter table app_data.tags enable row level security, force" in said
    assert said.index("rls_not_forced") < said.index("not_documented")
    assert "1 to stop for" in said


def test_every_statement_that_mends_does(database: str) -> None:
    """Of a fault that one statement mends: the rule is content afterwards."""
    with psycopg.connect(database) as connection:
        connection.execute("alter table app_data.tags no force row level security")
        connection.execute("grant truncate on app_data.tags to todo_user")
        connection.execute(
            "alter table app_data.tasks alter column title set statistics 9"
        )
        connection.execute("grant todo_owner to todo_user")
        rules = [r for r in lints.read() if (r.about, r.severity) == ("schema", "stop")]
        found = list(lints.find(connection, rules))
        assert len({one.key for one in found}) >= 4
        for one in found:
            connection.execute(one.mend.encode())
        left = list(lints.find(connection, rules))
        connection.rollback()
    assert left == []


def test_who_may_not_look_is_told(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("set role todo_user")
        found = {one.key: one for one in lints.find(connection)}
    assert "could not be looked at" in found["signing_key_missing"].what
    assert found["signing_key_missing"].severity == "note"


def test_a_server_that_is_set_up_badly(cluster: Cluster) -> None:
    settings = {name: value for name, (value, _) in WRONG.items()}
    with throwaway(cluster.bin, settings) as bad:
        found = {one.key for one in posture.look(bad.url(), lints.read())}
    assert {key for _, key in WRONG.values()} <= found


def test_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert posture.main(["--list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) >= len(lints.read())
