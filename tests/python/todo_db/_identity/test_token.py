"""Tokens are what the database expects, byte for byte."""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

import psycopg
import pytest

from tests.python.databases import SIGNING_KEY
from todo_db._identity.token import Signer
from todo_db.settings import SigningKey

KEY = SigningKey(12, bytes(range(32)))
USER = UUID("0190A3F0-0000-7000-8000-00000000ABCD")


def test_the_text_of_a_user() -> None:
    """Ten minutes from now on, and one minute before, for a clock that is set back."""
    text = Signer(KEY).for_user(USER, 1000.9)
    body, mac = text.rsplit(".", 1)
    assert body == f"v1.12.user.{USER}.{USER}.940.1600"
    assert mac == hmac.new(KEY.secret, body.encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("argument", "text"),
    [("ädä@example.org", "ädä@example.org"), (b"\x00\xff", "00ff"), ("", "")],
)
def test_a_call_is_bound_to_its_first_argument(
    argument: str | bytes, text: str
) -> None:
    parts = Signer(KEY).for_call("log_in", argument).split(".")
    assert parts[2:4] == ["auth", "00000000-0000-0000-0000-000000000000"]
    assert parts[4] == hashlib.sha256(f"log_in:{text}".encode()).hexdigest()


def test_the_database_accepts_it(admin_url: str, url: str) -> None:
    with psycopg.connect(admin_url) as admin:
        admin.execute(
            "insert into app_data.users (id, email, password_hash)"
            " values (%s, 'token@example.org', tests.password_hash('token'))"
            " on conflict do nothing",
            (USER,),
        )
    number, _, secret = SIGNING_KEY.partition(":")
    token = Signer(SigningKey(int(number), bytes.fromhex(secret))).for_user(USER)
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select set_config('role', 'todo_user', true),"
            " set_config('app.token', %s, true)",
            [token],
        ).fetchone()
        assert row is not None
        row = connection.execute("select app.current_user_id()").fetchone()
    assert row == (USER,)


def test_a_key_is_not_shown() -> None:
    assert "secret" not in repr(KEY).replace("secret=", "")
    assert KEY.secret.hex() not in repr(KEY)
