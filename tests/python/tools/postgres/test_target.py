"""A database that cannot be migrated is refused with its reason and the next step."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tools.postgres.server import Cluster
from tools.postgres.target import Reason, Unusable, check_target, describe, libpq_url

SECRET = "s3cr3t-never-shown"


@pytest.fixture(scope="module")
def login(cluster: Cluster) -> str:
    """The address of a login that shows a password, `{}` in its place."""
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        connection.execute("create role target_login login password 'right'")
        connection.execute("create role target_closed nologin password 'right'")
    return cluster.url().replace("postgres@", "target_login:{}@", 1)


def refused(url: str) -> Unusable:
    """Check *url* and give the refusal, which never shows a password."""
    with pytest.raises(Unusable) as caught:
        check_target(url)
    failure = caught.value
    assert failure.next and failure.where
    for text in (failure.what, failure.where, failure.next):
        assert SECRET not in text
    return failure


def test_a_good_address_passes(cluster: Cluster, login: str) -> None:
    check_target(cluster.url())
    check_target(login.format("right"))
    check_target(cluster.url(driver="psycopg"))


def test_a_wrong_password(login: str) -> None:
    failure = refused(login.format(SECRET))
    assert failure.reason is Reason.PASSWORD
    assert "target_login" in failure.what


def test_no_password(login: str) -> None:
    assert refused(login.replace(":{}", "")).reason is Reason.NO_PASSWORD


def test_a_role_that_may_not_log_in(cluster: Cluster, login: str) -> None:
    url = login.format("right").replace("target_login", "target_closed")
    assert refused(url).reason is Reason.NO_ENTRY


def test_a_database_that_does_not_exist(cluster: Cluster) -> None:
    failure = refused(cluster.url("no such database"))
    assert failure.reason is Reason.NO_DATABASE
    assert "no such database" in failure.what


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1:1", "no-such-host.invalid", "[::1]:1"],
    ids=["refused", "unknown", "v6"],
)
def test_a_host_that_does_not_answer(address: str) -> None:
    failure = refused(f"postgresql://me:{SECRET}@{address}/db")
    assert failure.reason is Reason.UNREACHABLE
    assert failure.where is not None and failure.where.startswith("me@")


def test_a_host_that_says_nothing(place: Path) -> None:
    with listening(place) as silent, silent:
        url = f"postgresql://me@/db?host={place}&connect_timeout=2"
        assert refused(url).reason is Reason.UNREACHABLE


def test_neons_pooler_is_refused_with_the_direct_host() -> None:
    host = "ep-cool-name-a1b2-pooler.eu-central-1.aws.neon.tech"
    failure = refused(f"postgresql://me:{SECRET}@{host}/neondb?sslmode=require")
    assert failure.reason is Reason.POOLED
    assert failure.next is not None
    assert "ep-cool-name-a1b2.eu-central-1.aws.neon.tech" in failure.next


def test_the_pooler_of_the_environment_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PGHOST", "ep-x-pooler.eu.aws.neon.tech")
    assert refused("postgresql:///neondb").reason is Reason.POOLED


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://me:{SECRET}@host/db",
        f"postgresql://me:{SECRET}@[::1/db",
        f"postgresql://me:{SECRET}@host/db?sslmoed=require",
        f"postgresql://me:{SECRET}%zz@host/db",
        SECRET,
    ],
)
def test_an_address_that_cannot_be_read_is_not_quoted(url: str) -> None:
    assert refused(url).reason is Reason.UNREADABLE


def test_a_read_only_target(cluster: Cluster) -> None:
    option = "options=-cdefault_transaction_read_only%3Don"
    failure = refused(f"{cluster.url()}&{option}")
    assert failure.reason is Reason.READ_ONLY


def test_a_server_that_is_too_old(place: Path) -> None:
    with listening(place) as listener:
        thread = threading.Thread(target=speak_as, args=(listener, "14.20"))
        thread.start()
        failure = refused(f"postgresql://me@/db?host={place}")
        thread.join()
    assert failure.reason is Reason.TOO_OLD
    assert "PostgreSQL 14" in failure.what


def test_a_database_is_described_without_its_password() -> None:
    url = f"postgresql+psycopg://me:{SECRET}@example.org:6543/shop"
    assert describe(url) == "me@example.org:6543/shop"
    assert libpq_url(url) == f"postgresql://me:{SECRET}@example.org:6543/shop"
    assert libpq_url("postgres://a/b") == "postgres://a/b"


@contextmanager
def listening(place: Path) -> Iterator[socket.socket]:
    """Listen where libpq looks for a server."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place / ".s.PGSQL.5432"))
        listener.listen()
        yield listener


def speak_as(listener: socket.socket, version: str) -> None:
    """Be a server of *version* for one connection, up to its first command."""
    connection, _ = listener.accept()
    with connection:
        (length,) = struct.unpack("!i", connection.recv(4))
        connection.recv(length - 4)  # the start-up message

        def send(kind: bytes, body: bytes) -> None:
            connection.sendall(kind + struct.pack("!i", len(body) + 4) + body)

        send(b"R", struct.pack("!i", 0))  # authenticated
        send(b"S", b"server_version\0" + version.encode() + b"\0")
        send(b"S", b"client_encoding\0UTF8\0")
        send(b"Z", b"I")  # ready
        connection.recv(1024)  # the client says goodbye
