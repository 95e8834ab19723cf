"""Sign-up and log-in under attack: no account is touched, delayed or taken over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest

from tests.python.security.at_once import each_at_once
from tests.python.security.callers import (
    HASH,
    OTHER_HASH,
    as_caller,
    ask,
    first_call,
    new_hash,
    statement,
)
from tests.python.security.people import ALICE, BOB
from tests.python.security.test_accounts_time import FUNCTIONS
from todo_db import auth
from todo_db.auth import Flow

BOBS: Final = "bob@example.org"


@pytest.fixture
def nobody(app_url: str) -> Iterator[psycopg.Connection]:
    """The backend's login, for calls of nobody yet."""
    with psycopg.connect(app_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def superuser(database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


def sign_up(email: str, password_hash: str, token_hash: bytes) -> Flow[None]:
    names = {"first_name": "", "last_name": "", "time_zone": "UTC"}
    return auth.sign_up(
        email=email, password_hash=password_hash, token_hash=token_hash, **names
    )


@pytest.mark.parametrize("function", FUNCTIONS)
def test_nobody_waits_for_bobs_row(
    nobody: psycopg.Connection, superuser: psycopg.Connection, function: str
) -> None:
    nobody.execute("set lock_timeout = '200ms'")
    with superuser.transaction():
        superuser.execute("select from app_data.users where id = %s for update", (BOB,))
        for email in (BOBS, BOBS.upper(), "nobody@example.org"):
            ask(nobody, FUNCTIONS[function](email))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_bobs_account_is_not_touched(
    nobody: psycopg.Connection, superuser: psycopg.Connection, function: str
) -> None:
    row = "select xmin::text, ctid::text, u.* from app_data.users as u where id = %s"
    before = superuser.execute(row, (BOB,)).fetchone()
    for email in (BOBS, "Bob@Example.org"):
        ask(nobody, FUNCTIONS[function](email))
    assert superuser.execute(row, (BOB,)).fetchone() == before


# What the open transaction has written, and which locks it holds.
_TRACES: Final = """
select relname, n_tup_ins, n_tup_upd, n_tup_del, null
from pg_stat_xact_user_tables where n_tup_ins + n_tup_upd + n_tup_del > 0
union all
select relation::regclass::text, null, null, null, locktype || ' ' || mode
from pg_locks where pid = pg_backend_pid() and locktype <> 'virtualxid'
order by 1, 5
"""


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_same_is_written_and_locked_for_everybody(
    app_url: str, superuser: psycopg.Connection, function: str
) -> None:
    superuser.execute(
        "update app_data.users set is_active = false where id = %s", (ALICE,)
    )
    traces = {}
    for name in ("nobody", "bob", "carol", "alice"):
        call = first_call(FUNCTIONS[function](f"{name}@example.org"))
        text, values = statement(call)
        with psycopg.connect(app_url) as fresh:  # the counts are those of a session
            as_caller(call)(fresh)
            fresh.execute(text.encode(), values)
            traces[name] = fresh.execute(_TRACES).fetchall()
    assert any(mode for *_, mode in traces["nobody"])
    assert {n: t for n, t in traces.items() if t != traces["nobody"]} == {}


def test_a_log_in_does_not_make_an_edit_stale(
    nobody: psycopg.Connection, superuser: psycopg.Connection
) -> None:
    version = "select version, updated_at from app_data.users where id = %s"
    before = superuser.execute(version, (BOB,)).fetchone()
    stored = ask(nobody, auth.find_login(BOBS))
    assert ask(nobody, auth.log_in(BOBS, stored, new_hash())) == BOB
    assert superuser.execute(version, (BOB,)).fetchone() == before


# What somebody else commits while a log-in waits, and the line that looks at it.
CHANGES = {
    "password": (
        f"password_hash = '{OTHER_HASH}'",
        "and password_hash = p_password_hash",
    ),
    "active": ("is_active = false", "and is_active"),
    "verified": ("email_verified_at = null", "and email_verified_at is not null"),
}


@pytest.mark.parametrize("faulty", [False, True])
@pytest.mark.parametrize("name", CHANGES)
def test_what_changes_during_a_log_in_counts(
    nobody: psycopg.Connection, superuser: psycopg.Connection, name: str, faulty: bool
) -> None:
    """Without the line, whoever knows the old password gets in all the same."""
    change, line = CHANGES[name]
    if faulty:
        body = superuser.execute(
            "select pg_get_functiondef('app_auth.log_in'::regproc)"
        ).fetchone()
        assert body is not None and body[0].count(line) == 1
        superuser.execute(body[0].replace(line, "").encode())
    stored = ask(nobody, auth.find_login(BOBS))
    nobody.execute("set lock_timeout = '30s'")
    with ThreadPoolExecutor(1) as pool:
        with superuser.transaction():
            superuser.execute(
                f"update app_data.users set {change} where id = %s".encode(), (BOB,)
            )
            answer = pool.submit(ask, nobody, auth.log_in(BOBS, stored, new_hash()))
            waiting = "select 1 from pg_locks where not granted and pid = %s"
            while not superuser.execute(waiting, (nobody.info.backend_pid,)).fetchone():
                assert not answer.done()
                time.sleep(0.01)
        assert answer.result(30) == (BOB if faulty else None)


@pytest.mark.parametrize("order", ["the victim first", "the attacker first"])
def test_no_link_in_my_mailbox_lets_an_attacker_in(
    nobody: psycopg.Connection, order: str
) -> None:
    """Both signed up with my address; I try every link with the password I chose."""
    attempts = [(HASH, b"mine"), (OTHER_HASH, b"theirs")]
    if order == "the attacker first":
        attempts.reverse()
    for password_hash, secret in attempts:
        ask(nobody, sign_up("Me@example.org", password_hash, sha256(secret).digest()))
    mine, theirs = sha256(b"mine").digest(), sha256(b"theirs").digest()
    # The app compares what I type with what it finds, and shows that again.
    assert ask(nobody, auth.find_sign_up(theirs)) == OTHER_HASH
    assert ask(nobody, auth.verify_email(theirs, HASH)) is None
    assert ask(nobody, auth.find_login("me@example.org")) != OTHER_HASH
    me = ask(nobody, auth.verify_email(mine, HASH))
    assert me is not None
    for secret in (mine, theirs):
        assert ask(nobody, auth.verify_email(secret, OTHER_HASH)) is None
    assert ask(nobody, auth.find_login("ME@example.org")) == HASH
    assert ask(nobody, auth.log_in("me@example.org", OTHER_HASH, new_hash())) is None
    assert ask(nobody, auth.log_in("me@example.org", HASH, new_hash())) == me


def test_a_new_password_ends_what_was_signed_before(
    nobody: psycopg.Connection, superuser: psycopg.Connection
) -> None:
    link = new_hash()
    ask(nobody, auth.request_reset(BOBS.upper(), link))
    assert ask(nobody, auth.reset_password(link, OTHER_HASH)) == BOB
    row = superuser.execute(
        "select tokens_valid_since > now() - interval '1 minute',"
        " (select count(*) from app_auth.sessions where user_id = id)"
        " from app_data.users where id = %s",
        (BOB,),
    ).fetchone()
    assert row == (True, 0)


# Two at once


def rotation(old: bytes, new: bytes) -> Flow[Any]:
    return auth.rotate_refresh_token(old, new)


def together(url: str, *flows: Flow[Any]) -> list[Any]:
    """Run flows of one call each, all at the same instant; return their answers."""
    calls = [first_call(flow) for flow in flows]
    return each_at_once(url, *[(as_caller(call), statement(call)) for call in calls])


def test_a_copied_token_used_twice_at_once_ends_the_log_in(
    app_url: str, nobody: psycopg.Connection
) -> None:
    for _ in range(5):
        token = new_hash()
        stored = ask(nobody, auth.find_login(BOBS))
        assert ask(nobody, auth.log_in(BOBS, stored, token)) == BOB
        following = [new_hash() for _ in range(4)]
        answers = together(app_url, *[rotation(token, new) for new in following])
        assert sorted(map(str, answers)) == sorted([str(BOB), *["None"] * 3])
        for new in following:
            assert ask(nobody, rotation(new, new_hash())) is None


def test_the_same_request_twice_at_once_has_the_same_answer(
    app_url: str, nobody: psycopg.Connection
) -> None:
    token, following = sha256(b"b").digest(), new_hash()
    answers = together(app_url, *[rotation(token, following) for _ in range(4)])
    assert answers == [BOB] * 4
    assert ask(nobody, rotation(following, new_hash())) == BOB


@pytest.mark.parametrize(
    ("prepare", "use"),
    [
        (
            lambda link: auth.request_reset(BOBS, link),
            lambda link: auth.reset_password(link, HASH),
        ),
        (
            lambda link: sign_up("twin@example.org", HASH, link),
            lambda link: auth.verify_email(link, HASH),
        ),
    ],
    ids=["reset_password", "verify_email"],
)
def test_a_link_works_once(
    app_url: str,
    nobody: psycopg.Connection,
    superuser: psycopg.Connection,
    prepare: Callable[[bytes], Flow[Any]],
    use: Callable[[bytes], Flow[Any]],
) -> None:
    for _ in range(5):
        superuser.execute("delete from app_data.users where email = 'twin@example.org'")
        link = new_hash()
        ask(nobody, prepare(link))
        answers = together(app_url, *[use(link) for _ in range(4)])
        assert [type(answer) for answer in answers].count(UUID) == 1
        assert answers.count(None) == 3


def test_two_links_of_one_address_at_once_make_one_account(
    app_url: str, nobody: psycopg.Connection, superuser: psycopg.Connection
) -> None:
    """Neither stands in the other's way, and one of them is void."""
    for n in range(10):
        email = f"twins{n}@example.org"
        links = [new_hash() for _ in range(3)]
        for link in links:
            ask(nobody, sign_up(email, HASH, link))
        answers = together(app_url, *[auth.verify_email(link, HASH) for link in links])
        assert [type(answer) for answer in answers].count(UUID) == 1
        assert answers.count(None) == 2
        found = superuser.execute(
            "select count(*) from app_data.users where email = %s", (email,)
        ).fetchone()
        assert found == (1,)
