"""Notices arrive, and a lost connection is told as a gap."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
from psycopg import Notify

from tests.python.todo_db.sample import environment
from todo_db import Settings, SettingsError
from todo_db.notifications import listen


async def _next(notices: AsyncIterator[Notify | None]) -> Notify | None:
    async with asyncio.timeout(20):
        return await anext(notices)


async def test_what_is_sent_arrives(url: str, admin_url: str) -> None:
    notices = listen(Settings.from_env(environment(url)), "tasks", 'odd "name"')
    assert await _next(notices) is None
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("notify tasks, 'one'")
        admin.execute('notify "odd ""name""", \'two\'')
        found = [await _next(notices), await _next(notices)]
    assert [each.payload for each in found if each] == ["one", "two"]
    await notices.aclose()  # type: ignore[attr-defined]


async def test_a_lost_connection_is_a_gap(url: str, admin_url: str) -> None:
    notices = listen(Settings.from_env(environment(url)), "tasks")
    assert await _next(notices) is None
    with psycopg.connect(admin_url, autocommit=True) as admin:
        for _ in range(2):
            admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where query like 'listen %' and pid <> pg_backend_pid()"
            )
            assert await _next(notices) is None
        admin.execute("notify tasks, 'after'")
        found = await _next(notices)
    assert found is not None
    assert found.payload == "after"
    await notices.aclose()  # type: ignore[attr-defined]


def test_the_host_without_the_pooler() -> None:
    pooled = "postgresql://u@ep-x-pooler.eu.aws.neon.tech/d"
    settings = Settings.from_env(environment(pooled))
    direct = settings.without_pooler()
    assert direct.parameters["host"] == "ep-x.eu.aws.neon.tech"
    assert not direct.pooled
    other = "postgresql://u@h:6432/d"
    with pytest.raises(SettingsError, match="TODO_DIRECT_URL"):
        Settings.from_env(environment(other)).without_pooler()
    known = environment(other, TODO_DIRECT_URL="postgresql://u@h:5432/d")
    assert Settings.from_env(known).without_pooler().parameters["port"] == "5432"
