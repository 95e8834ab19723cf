"""From sign-up to password reset, through todo_db alone."""

from __future__ import annotations

import asyncio
import secrets
import time
from uuid import UUID, uuid4

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
    user = db.auth(accounts.verify_email(token, password=_PASSWORD))
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
    assert db.auth(accounts.verify_email(token, password=_PASSWORD)) is not None
    assert db.auth(accounts.verify_email(token, password=_PASSWORD)) is None
    assert db.auth(accounts.verify_email("made up", password=_PASSWORD)) is None


def test_a_link_is_nothing_without_the_password_of_its_attempt(db: Database) -> None:
    """Whoever signs up with my address gets no account that I might confirm."""
    email = f"{uuid4().hex[:12]}@example.org"
    mine = db.auth(accounts.sign_up(email=email, password=_PASSWORD))
    theirs = db.auth(accounts.sign_up(email=email.upper(), password="attack"))
    assert db.auth(accounts.verify_email(theirs, password=_PASSWORD)) is None
    assert db.auth(accounts.log_in(email=email, password="attack")) is None
    assert db.auth(accounts.verify_email(mine, password="attack")) is None
    assert db.auth(accounts.verify_email(mine, password=_PASSWORD)) is not None
    assert db.auth(accounts.verify_email(theirs, password="attack")) is None
    assert db.auth(accounts.log_in(email=email, password="attack")) is None
    assert db.auth(accounts.log_in(email=email, password=_PASSWORD)) is not None


def test_a_copied_refresh_token_ends_the_log_in(db: Database) -> None:
    """Whoever comes second, and however soon, nobody goes on with it."""
    email, user = _person(db)
    login = db.auth(accounts.log_in(email=email, password=_PASSWORD))
    assert login is not None
    following = db.auth(accounts.refresh(login.refresh_token))
    assert following is not None
    assert following.user_id == user
    assert db.auth(accounts.refresh(login.refresh_token)) is None
    assert db.auth(accounts.refresh(following.refresh_token)) is None


def test_who_lost_the_answer_asks_again(db: Database) -> None:
    email, user = _person(db)
    login = db.auth(accounts.log_in(email=email, password=_PASSWORD))
    assert login is not None
    secret = secrets.token_urlsafe(32)
    for _ in range(2):
        again = db.auth(accounts.refresh(login.refresh_token, following=secret))
        assert again == accounts.Login(user, secret)
    assert db.auth(accounts.refresh(secret)) is not None
    with pytest.raises(errors.MisuseError):
        db.auth(accounts.refresh(secret, following="guessable"))


def test_who_guesses_is_slowed_down(db: Database) -> None:
    """Even the right password is wrong for a while; a mailed link ends that."""
    email, user = _person(db)
    other, _ = _person(db)
    for _ in range(10):
        db.auth(auth.find_login(email))
    assert db.auth(accounts.log_in(email=email, password=_PASSWORD)) is None
    assert db.auth(accounts.log_in(email=other, password=_PASSWORD)) is not None
    token = db.auth(accounts.request_reset(email.upper()))
    assert db.auth(accounts.reset_password(token=token, password="neu")) == user
    assert db.auth(accounts.log_in(email=email, password="neu")) is not None


def test_who_knows_the_password_is_not_counted(db: Database) -> None:
    email, user = _person(db)
    stored = db.auth(auth.find_login(email))
    for n in range(25):
        assert db.auth(auth.find_login(email)) == stored
        token_hash = n.to_bytes(32, "big")
        assert db.auth(auth.log_in(email, stored, token_hash)) == user


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
    email, _ = _person(db)
    token = db.auth(accounts.sign_up(email=email, password="another"))
    assert db.auth(accounts.verify_email(token, password="another")) is None
    assert db.auth(accounts.log_in(email=email, password="another")) is None


async def test_asyncio_runs_the_same_flows(adb: Database) -> None:
    email = f"{uuid4().hex}@example.org"
    token = await adb.async_auth(accounts.sign_up(email=email, password=_PASSWORD))
    verification = accounts.verify_email(token, password=_PASSWORD)
    assert await adb.async_auth(verification) is not None
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
    assert caught.value.constraint == "sign_ups_email_has_form"
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
        session.execute(text("select app_auth.find_login('bob@example.org')"))
    assert caught.value.sqlstate in ("28000", "42501")
