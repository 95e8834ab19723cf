"""Neon's two hosts on one port: PgBouncer under one name, PostgreSQL under the other.

Both show certificates of their own, and the names lead to them as DNS would do it.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import pytest
from psycopg import Notify
from sqlalchemy import text
from sqlmodel import select

from tests.python.databases import PASSWORD
from tests.python.network.certificates import DIRECT, POOLED, Authority
from tests.python.network.secured import Secured
from tests.python.todo_db.pooler import Pooler, pooling
from tests.python.todo_db.sample import ALICE, environment, new_task
from todo_db import Database, StartupError
from todo_db.notifications import listen
from todo_models import Task

_STATE: Final = text("select inet_client_addr() is not null")  # the pooler's is local
_PREPARED: Final = text("select count(*) from pg_catalog.pg_prepared_statements")
_TITLES: Final = select(Task.title).where(Task.title == "over two hosts")

pytestmark = pytest.mark.usefixtures("trusted", "names")


@pytest.fixture(scope="module")
def pooler(_server: Secured, authority: Authority) -> Iterator[Pooler]:
    """PgBouncer as Neon runs it: TLS only, SCRAM, transaction mode."""
    certificate = authority.issue(POOLED)
    settings = {
        "listen_addr": _server.twin,
        "listen_port": str(_server.port),
        "auth_type": "scram-sha-256",
        "client_tls_sslmode": "require",
        "client_tls_cert_file": str(certificate.file),
        "client_tls_key_file": str(certificate.key),
    }
    with pooling(_server.cluster, settings=settings) as pooler:
        yield pooler


@pytest.fixture
def names(server: Secured, pooler: Pooler, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of the two names leads to its host."""
    known = {DIRECT: server.address, POOLED: server.twin}
    resolve = socket.getaddrinfo

    def find(host: Any, *arguments: Any, **options: Any) -> Any:
        return resolve(known.get(host, host), *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", find)


def _environment(server: Secured, host: str = POOLED, **more: str) -> dict[str, str]:
    """Return the app's environment; PgBouncer binds no channel, unlike Neon's host."""
    return environment(_url(server, host), **more)


def _url(server: Secured, host: str, binding: str = "prefer") -> str:
    rest = f"{host}:{server.port}/filled?sslmode=require&channel_binding={binding}"
    return f"postgresql://todo_app:{PASSWORD}@{rest}"


@pytest.mark.parametrize(
    ("host", "pooled", "size"), [(POOLED, True, 20), (DIRECT, False, 10)]
)
def test_the_hosts_are_told_apart(
    server: Secured, host: str, pooled: bool, size: int
) -> None:
    db = Database.from_env(_environment(server, host))
    assert db.settings.address.pooled is pooled
    assert db.settings.pool_size == size
    for _ in range(12):
        with db.session(ALICE) as session:
            session.exec(_TITLES).all()
    with db.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        assert driver.pgconn.ssl_in_use
        assert driver.prepare_threshold is None  # nothing is prepared by name
        assert connection.execute(_STATE).scalar() is not pooled
        assert connection.execute(_PREPARED).scalar() == 0
    assert db.ready().ok
    db.close()


@pytest.mark.parametrize("host", [POOLED, DIRECT])
async def test_they_are_with_asyncio(server: Secured, host: str) -> None:
    db = Database.from_env(_environment(server, host))
    for _ in range(12):
        async with db.async_session(ALICE) as session:
            await session.exec(_TITLES)
    async with db.async_engine.connect() as connection:
        assert (await connection.execute(_STATE)).scalar() is (host == DIRECT)
        assert (await connection.execute(_PREPARED)).scalar() == 0
    assert (await db.async_ready()).ok
    await db.aclose()


def test_many_at_once_share_the_pooler_s_few(server: Secured) -> None:
    async def write(db: Database, number: int) -> None:
        async with db.async_session(ALICE) as session:
            session.add(new_task(f"one of many {number}"))

    async def run() -> int:
        db = Database.from_env(_environment(server))
        await asyncio.gather(*[write(db, number) for number in range(60)])
        async with db.async_session(ALICE) as session:
            found = await session.exec(
                select(Task.id).where(Task.title.startswith("one of many"))
            )
            count = len(found.all())
        await db.aclose()
        return count

    assert asyncio.run(run()) == 60


def test_the_pooler_s_lack_of_binding_is_said(server: Secured) -> None:
    db = Database.from_env(environment(_url(server, POOLED, "require")))
    with pytest.raises(StartupError, match="no channel binding") as caught:
        db.engine.connect()
    assert "channel_binding=prefer" in str(caught.value)
    assert db.ready().reasons == (str(caught.value),)


async def _next(notices: AsyncIterator[Notify | None]) -> Notify | None:
    async with asyncio.timeout(20):
        return await anext(notices)


async def test_who_listens_goes_around_the_pooler(server: Secured) -> None:
    settings = Database.from_env(_environment(server)).settings
    notices = listen(settings, "tasks")
    assert await _next(notices) is None
    listening = "where query like 'listen %' and usename = 'todo_app'"
    assert (
        server.ask(
            f"select client_addr is not null, ssl from pg_stat_activity"
            f" join pg_stat_ssl using (pid) {listening}"
        )
        == "t|t"
    )
    server.ask("notify tasks, 'over the direct host'", "filled")
    found = await _next(notices)
    assert found is not None
    assert found.payload == "over the direct host"
    await notices.aclose()  # type: ignore[attr-defined]


def test_the_replica_is_a_host_of_its_own(server: Secured) -> None:
    """Reads go there until the user has written, which it has not replayed."""
    db = Database.from_env(
        _environment(server, TODO_REPLICA_URL=_url(server, DIRECT, "require"))
    )
    with db.session(ALICE, read_only=True) as session:
        assert session.execute(_STATE).scalar() is True
    with db.session(ALICE) as session:
        assert session.execute(_STATE).scalar() is False
        session.add(new_task("over two hosts"))
    with db.session(ALICE, read_only=True) as session:
        assert session.exec(_TITLES).all() == ["over two hosts"]
        assert session.execute(_STATE).scalar() is False
    db.close()


def test_a_replica_that_never_was_good_is_refused(server: Secured) -> None:
    url = _url(server, DIRECT, "require").replace("filled?", "filled?hostaddr={}&")
    db = Database.from_env(
        _environment(server, TODO_REPLICA_URL=url.format(server.twin))
    )
    with (
        pytest.raises(StartupError, match=r"TODO_REPLICA_URL: .* for another host"),
        db.session(ALICE, read_only=True) as session,
    ):
        session.exec(_TITLES).all()
    with db.session(ALICE) as session:
        session.exec(_TITLES).all()
    db.close()
