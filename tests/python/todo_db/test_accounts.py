"""From sign-up to password reset, through the door alone."""

from __future__ import annotations

import asyncio
import time
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text
from sqlmodel import select

from tests.python.todo_db.sample import ALICE
from todo_db import Database, accounts, auth, errors, passwords
from todo_models import User

_PASSWORD = "correct horse battery staple ✓"


def _person(db: Database) -> tuple[str, UUID]:
    """Return the address and id of somebody new who may log in."""
    email = f"{uuid4().hex[:12]}@example.org"
    token = db.auth(accounts.sign_up(email=email, password=_PASSWORD, first_name="Zoë"))
    user = db.auth(accounts.verify_email(token))
    assert user is not None
    return email, user


def test_a_first_day(db: Database) -> None:
    email, user = _person(db)
    login = db.auth(accounts.log_in(email=email.upper(), password=_PASSWORD))
    assert login is not None
    assert login.user_id == user
    with db.session(login.user_id) as session:
        assert session.exec(select(User.first_name)).one() == "Zoë"


def test_nobody_gets_in_otherwise(db: Database) -> None:
    email, _ = _person(db)
    unverified = f"{uuid4().hex[:12]}@example.org"
    db.auth(accounts.sign_up(email=unverified, password=_PASSWORD))
    for address, password in (
        (email, "wrong"),
        (email, ""),
        (email, "x" * 5000),
        (unverified, _PASSWORD),
        ("nobody@example.org", _PASSWORD),
    ):
        assert db.auth(accounts.log_in(email=address, password=password)) is None


def test_a_verification_works_once(db: Database) -> None:
    token = db.auth(
        accounts.sign_up(email=f"{uuid4().hex}@example.org", password=_PASSWORD)
    )
    assert db.auth(accounts.verify_email(token)) is not None
    assert db.auth(accounts.verify_email(token)) is None
    assert db.auth(accounts.verify_email("made up")) is None


def test_a_refresh_token_works_once_and_its_theft_ends_the_log_in(
    db: Database, admin_url: str
) -> None:
    email, user = _person(db)
    login = db.auth(accounts.log_in(email=email, password=_PASSWORD))
    assert login is not None
    following = db.auth(accounts.refresh(login.refresh_token))
    assert following is not None
    assert following.user_id == user
    assert db.auth(accounts.refresh(login.refresh_token)) is None  # in haste
    with psycopg.connect(admin_url) as admin:
        admin.execute(
            "update app.auth_tokens set used_at = used_at - interval '11 s'"
            " where user_id = %s and purpose = 'refresh'",
            [user],
        )
    assert db.auth(accounts.refresh(login.refresh_token)) is None  # a thief
    assert db.auth(accounts.refresh(following.refresh_token)) is None


def test_a_log_out_ends_the_log_in(db: Database) -> None:
    email, _ = _person(db)
    login = db.auth(accounts.log_in(email=email, password=_PASSWORD))
    assert login is not None
    db.auth(accounts.log_out(login.refresh_token))
    assert db.auth(accounts.refresh(login.refresh_token)) is None


def test_a_reset_changes_the_password(db: Database) -> None:
    email, user = _person(db)
    token = db.auth(accounts.request_reset(email))
    assert db.auth(accounts.reset_password(token=token, password="neu")) == user
    assert db.auth(accounts.reset_password(token=token, password="again")) is None
    assert db.auth(accounts.log_in(email=email, password=_PASSWORD)) is None
    assert db.auth(accounts.log_in(email=email, password="neu")) is not None
    nothing = db.auth(accounts.request_reset("nobody@example.org"))
    assert db.auth(accounts.reset_password(token=nothing, password="x")) is None


def test_a_taken_address_is_not_told(db: Database) -> None:
    email, user = _person(db)
    token = db.auth(accounts.sign_up(email=email, password="another"))
    assert db.auth(accounts.verify_email(token)) in (None, user)
    assert db.auth(accounts.log_in(email=email, password="another")) is None


async def test_asyncio_runs_the_same_flows(adb: Database) -> None:
    email = f"{uuid4().hex}@example.org"
    token = await adb.async_auth(accounts.sign_up(email=email, password=_PASSWORD))
    assert await adb.async_auth(accounts.verify_email(token)) is not None
    logins = await asyncio.gather(
        *[
            adb.async_auth(accounts.log_in(email=email, password=_PASSWORD))
            for _ in range(3)
        ]
    )
    assert all(logins)


async def test_a_hash_does_not_stop_the_loop(adb: Database) -> None:
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            start = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - start)

    watcher = asyncio.create_task(watch())
    start = time.perf_counter()
    await adb.async_auth(accounts.log_in(email="x@example.org", password="x"))
    taken = time.perf_counter() - start
    watcher.cancel()
    assert longest < taken


def test_a_flow_leaves_nothing_on_the_connection(db: Database) -> None:
    db.auth(auth.find_login("alice@example.org"))
    with db.engine.connect() as connection:
        row = connection.execute(
            text("select current_user, current_setting('app.token', true)")
        ).one()
    assert (row[0], row[1] or "") == ("todo_app", "")


def test_an_error_within_a_flow_has_a_type(db: Database) -> None:
    with pytest.raises(errors.RuleViolated) as caught:
        db.auth(accounts.sign_up(email="no address", password="x"))
    assert caught.value.constraint == "users_email_has_form"
    with pytest.raises(errors.RuleViolated):
        db.auth(auth.find_login("nul\0byte"))


@pytest.mark.parametrize("password", ["", "x" * 1001])
def test_unusable_passwords(password: str) -> None:
    with pytest.raises(errors.PasswordUnusable):
        passwords.make_hash(password)


def test_a_password_is_the_same_from_every_keyboard() -> None:
    stored = passwords.make_hash("Zo\u00eb")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.verify(stored, "Zoe\u0308")
    assert not passwords.verify(stored, "Zoe")


def test_the_user_of_a_session_is_no_login(db: Database) -> None:
    with (
        pytest.raises(errors.TodoError) as caught,
        db.session(ALICE) as session,
    ):
        session.execute(text("select app.find_login('bob@example.org')"))
    assert caught.value.sqlstate in ("28000", "42501")
