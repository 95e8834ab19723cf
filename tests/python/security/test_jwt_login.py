"""The other way of showing who one is: claims of a login that `jwt_login` made."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.python.databases import PASSWORD
from tests.python.security.people import ALICE, BOB
from tools import catalog
from tools.catalog import host
from tools.console import Failure
from tools.credentials import jwt_login
from tools.verify import drift, lints

NAME = "rest_login"


@pytest.fixture
def listed(database: str) -> Iterator[psycopg.Connection]:
    """The superuser's connection to a database with such a login."""
    with psycopg.connect(database, autocommit=True) as admin:
        jwt_login.ensure(admin, NAME, "of a test")
        admin.execute(f"alter role {NAME} password '{PASSWORD}'")
        try:
            yield admin
        finally:
            admin.execute(f"drop owned by {NAME}")
            jwt_login.remove(admin, NAME)


@contextmanager
def claiming(admin: psycopg.Connection, claims: object) -> Iterator[psycopg.Connection]:
    """Be that software in one request: its login, the role, and the claims."""
    text = claims if isinstance(claims, str) else json.dumps(claims)
    address = f"host={admin.info.host} port={admin.info.port} user={NAME}"
    address += f" dbname={admin.info.dbname} password={PASSWORD}"
    with psycopg.connect(address) as connection:
        connection.execute("select set_config('role', 'todo_user', true)")
        connection.execute("select set_config('request.jwt.claims', %s, true)", (text,))
        yield connection


def owners(connection: psycopg.Connection) -> set[object]:
    rows = connection.execute("select user_id from app.tasks").fetchall()
    return {row[0] for row in rows}


def test_it_sees_its_own_rows_and_no_others(listed: psycopg.Connection) -> None:
    for who in (ALICE, BOB):
        with claiming(listed, {"sub": str(who)}) as connection:
            assert owners(connection) == {who}
            done = connection.execute("update app.tasks set title = title")
            assert done.rowcount == 4


@pytest.mark.parametrize(
    "claims", ["", "{bad", "[1]", '"x"', "{}", "null", {"sub": 1}, {"sub": "x"}]
)
def test_malformed_claims_are_nobody(
    listed: psycopg.Connection, claims: object
) -> None:
    with claiming(listed, claims) as connection:
        assert owners(connection) == set()
        with pytest.raises(psycopg.errors.InvalidAuthorizationSpecification):
            connection.execute("select app.authenticate()")


def test_a_deactivated_person_is_nobody_at_once(listed: psycopg.Connection) -> None:
    with claiming(listed, {"sub": str(ALICE)}) as connection:
        assert owners(connection) == {ALICE}
        listed.execute(
            "update app_data.users set is_active = false where id = %s", (ALICE,)
        )
        assert owners(connection) == set()


def test_what_was_signed_before_is_refused(listed: psycopg.Connection) -> None:
    listed.execute(
        "update app_data.users set tokens_valid_since = now() where id = %s", (ALICE,)
    )
    now = int(time.time())
    for issued, seen in ((now - 5, set()), (now + 1, {ALICE}), (None, set())):
        with claiming(listed, {"sub": str(ALICE), "iat": issued}) as connection:
            assert owners(connection) == seen


@pytest.mark.parametrize(
    "role", ["todo_auth", "todo_owner", "todo_registrar", "todo_integrity", "todo_app"]
)
def test_it_becomes_nobody_else(listed: psycopg.Connection, role: str) -> None:
    with claiming(listed, {"sub": str(ALICE)}) as connection:
        connection.execute("reset role")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"set role {role}".encode())


def test_it_has_the_limits_and_without_the_role_nothing(
    listed: psycopg.Connection,
) -> None:
    with claiming(listed, {"sub": str(ALICE)}) as connection:
        for name, value in jwt_login.limits(connection.info.server_version).items():
            shown = connection.execute(f"show {name}".encode()).fetchone()
            assert shown == (value,)
        connection.execute("reset role")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select from app.tasks")


def test_drift_and_posture_are_at_ease_with_it_and_with_no_more(
    listed: psycopg.Connection, database: str
) -> None:
    rules = [rule for rule in lints.read() if rule.about == "schema"]

    def drifted() -> list[str]:
        live = drift.read(database)
        expected = {key: value for key, value in live.facts.items() if NAME not in key}
        found, _ = host.sort_out(catalog.differences(expected, live.facts), live.logins)
        return [one.key for one in found]

    assert list(lints.find(listed, rules)) == []
    assert drifted() == []
    listed.execute(f"grant todo_auth to {NAME}")
    listed.execute(f"grant select on app_data.tags to {NAME}")
    listed.execute(f"alter role {NAME} set statement_timeout = 0")
    keys = {one.key for one in lints.find(listed, rules)}
    assert keys == {"grant_to_stranger", "trusted_login_rights", "trusted_login_limits"}
    assert set(drifted()) == {f"role {NAME}", f"table app_data.tags: grant to {NAME}"}
    listed.execute(f"revoke select on app_data.tags from {NAME}")
    listed.execute(f"revoke todo_auth from {NAME}")
    jwt_login.ensure(listed, NAME, "again")
    assert list(lints.find(listed, rules)) == []


def test_a_role_that_can_do_more_is_refused(listed: psycopg.Connection) -> None:
    listed.execute("create role stronger bypassrls")
    try:
        for name in ("stronger", "todo_app", "postgres"):
            with pytest.raises(Failure, match="cannot be such a login"):
                jwt_login.ensure(listed, name, "x")
    finally:
        listed.execute("drop role stronger")


def test_removed_it_is_gone(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as admin:
        before = catalog.facts(admin)
        jwt_login.ensure(admin, "gone_login", "x")
        jwt_login.remove(admin, "gone_login")
        assert catalog.facts(admin) == before
        with pytest.raises(Failure, match="is not listed"):
            jwt_login.remove(admin, "gone_login")
