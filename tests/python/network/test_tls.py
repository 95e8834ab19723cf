"""Handshakes with a server as it would be on Neon, and with those that are none.

Each refusal must come at once: a certificate is no passing fault, and the budget for
passing ones is half a minute.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import psycopg
import pytest
from sqlalchemy import text

from tests.python.databases import PASSWORD
from tests.python.network.certificates import DIRECT, POOLED, Authority
from tests.python.network.secured import Secured
from tests.python.security.test_injection import gained
from tests.python.todo_db.sample import environment
from todo_db import Database, StartupError
from todo_db.notifications import listen

Ask = Callable[[str], tuple[object, ...]]

_STATE: Final = text(
    "select ssl, version, current_user from pg_catalog.pg_stat_ssl"
    " where pid = pg_backend_pid()"
)
_BUDGET: Final = 30  # seconds, for what may pass
_HOST_LINE: Final = "host all all 127.0.0.0/8 {}"


def _ask(url: str) -> tuple[object, ...]:
    db = Database.from_env(environment(url))
    try:
        with db.engine.connect() as connection:
            return tuple(connection.execute(_STATE).one())
    finally:
        db.close()


def _ask_async(url: str) -> tuple[object, ...]:
    async def ask() -> tuple[object, ...]:
        db = Database.from_env(environment(url))
        try:
            async with db.async_engine.connect() as connection:
                return tuple((await connection.execute(_STATE)).one())
        finally:
            await db.aclose()

    return asyncio.run(ask())


@pytest.fixture(params=[_ask, _ask_async], ids=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Asks the server how it is spoken with, on one side of todo_db."""
    found: Ask = request.param
    return found


def test_an_attacker_gains_nothing_by_tls(
    server: Secured, authority: Authority
) -> None:
    url = server.url(DIRECT, sslmode="verify-full", sslrootcert=str(authority.file))
    with psycopg.connect(url, autocommit=True) as connection:
        assert connection.pgconn.ssl_in_use
        assert gained(connection) == []


def _refused(ask: Ask, url: str, *sentences: str) -> None:
    start = time.monotonic()
    with pytest.raises(StartupError) as caught:
        ask(url)
    assert time.monotonic() - start < _BUDGET / 2
    error: BaseException | None = caught.value
    assert str(error).startswith("TODO_DATABASE_URL: ")
    for sentence in sentences:
        assert sentence in str(error)
    while error is not None:
        assert PASSWORD not in str(error)
        error = error.__cause__
    reasons = Database.from_env(environment(url)).ready().reasons
    assert reasons == (str(caught.value),)


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    "options",
    [
        {},  # the system's authorities, verify-full, channel binding
        {
            "sslmode": "require",
            "channel_binding": "require",
        },  # as Neon's console has it
        {"sslrootcert": "system"},
        {"sslmode": "verify-full"},
    ],
)
def test_a_good_server_is_spoken_with_in_secret(
    server: Secured, ask: Ask, options: dict[str, str]
) -> None:
    url = server.url(DIRECT, **options)
    given = Database.from_env(environment(url)).settings.address.parameters
    assert given["sslmode"] == "verify-full"
    assert given["channel_binding"] == "require"
    encrypted, version, user = ask(url)
    assert (encrypted, user) == (True, "todo_app")
    assert version in ("TLSv1.2", "TLSv1.3")


def test_an_authority_of_one_s_own_is_named_in_the_url(
    server: Secured, ask: Ask, authority: Authority
) -> None:
    assert ask(server.url(DIRECT, sslrootcert=str(authority.file)))[0]


@pytest.mark.usefixtures("trusted")
def test_another_host_s_certificate_is_refused(server: Secured, ask: Ask) -> None:
    other = DIRECT.replace("quiet", "other")
    _refused(ask, server.url(other), "for another host", "write the host in the URL")


@pytest.mark.usefixtures("trusted")
def test_neon_s_require_does_not_let_another_host_in(server: Secured, ask: Ask) -> None:
    url = server.url(POOLED, sslmode="require", channel_binding="prefer")
    _refused(ask, url, "for another host")


def test_an_unknown_authority_is_refused(server: Secured, ask: Ask) -> None:
    _refused(ask, server.url(DIRECT), "authority that is not trusted", "sslrootcert=")


def test_a_false_authority_is_refused(
    server: Secured, ask: Ask, tmp_path: Path, authority: Authority
) -> None:
    other = Authority(tmp_path, server.cluster.account)
    url = server.url(DIRECT, sslrootcert=str(other.file))
    _refused(ask, url, "authority that is not trusted", "sslrootcert=")


@pytest.mark.usefixtures("trusted")
def test_an_expired_certificate_is_refused(
    server: Secured, ask: Ask, authority: Authority
) -> None:
    server.show(authority.issue(DIRECT, expired=True))
    _refused(ask, server.url(DIRECT), "has expired", "renew it")


@pytest.mark.usefixtures("trusted")
def test_a_server_without_tls_is_refused(server: Secured, ask: Ask) -> None:
    server.show_none()
    _refused(ask, server.url(DIRECT), "offers no TLS", "sslmode=disable")


def test_a_network_of_one_s_own_may_go_without(server: Secured, ask: Ask) -> None:
    server.show_none()
    url = server.url("db.internal", sslmode="disable")
    assert ask(url) == (False, None, "todo_app")


def test_a_server_that_insists_on_tls_is_understood(server: Secured, ask: Ask) -> None:
    server.admit("hostssl all all 127.0.0.0/8 scram-sha-256")
    url = server.url("db.internal", sslmode="disable")
    _refused(ask, url, "takes no such connection", "sslmode", "pg_hba.conf")


@pytest.mark.usefixtures("trusted")
def test_a_user_whom_nobody_expects_is_refused(server: Secured, ask: Ask) -> None:
    server.admit("hostssl all somebody 127.0.0.0/8 scram-sha-256")
    _refused(ask, server.url(DIRECT), "takes no such connection", "pg_hba.conf")


@pytest.mark.usefixtures("trusted")
def test_no_channel_binding_is_refused_where_it_is_required(
    server: Secured, ask: Ask
) -> None:
    """MD5 knows none, and the password is not sent."""
    server.admit("hostssl all all 127.0.0.0/8 md5")
    server.ask(
        f"set password_encryption = md5;alter role todo_app password '{PASSWORD}'"
    )
    _refused(ask, server.url(DIRECT), "no channel binding", "channel_binding=prefer")
    assert ask(server.url(DIRECT, channel_binding="prefer"))[0]


@pytest.mark.usefixtures("trusted")
def test_a_wrong_password_is_no_matter_of_certificates(server: Secured) -> None:
    start = time.monotonic()
    with pytest.raises(StartupError, match="does not take the password") as caught:
        _ask_async(server.url(DIRECT).replace(PASSWORD, "sesame"))
    assert time.monotonic() - start < _BUDGET / 2
    assert "sesame" not in str(caught.value)


async def test_who_listens_is_told_too(server: Secured) -> None:
    settings = Database.from_env(environment(server.url(DIRECT))).settings
    with pytest.raises(StartupError, match="authority that is not trusted"):
        async with asyncio.timeout(_BUDGET / 2):
            await anext(listen(settings, "tasks"))
