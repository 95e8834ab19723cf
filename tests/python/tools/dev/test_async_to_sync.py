"""The synchronous modules are what their asynchronous ones say, and stay so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.console import Failure
from tools.dev import async_to_sync

_ASYNC = '''"""The asynchronous reader."""

from contextlib import asynccontextmanager
from typing import Any
from psycopg import AsyncConnection


@asynccontextmanager
async def read(connection: AsyncConnection[Any]) -> Any:
    async with connection.cursor() as cursor:
        await cursor.execute("select 1")
        async for row in cursor:
            yield await convert(row)
'''
_SYNC = '''"""The synchronous reader."""

from contextlib import contextmanager
from typing import Any

from psycopg import Connection


@contextmanager
def read(connection: Connection[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("select 1")
        for row in cursor:
            yield convert(row)
'''


def test_the_words_of_asyncio_are_taken_out() -> None:
    banner, text = async_to_sync.to_sync(_ASYNC, "read_async.py").split('"""', 1)
    assert '"""' + text == _SYNC
    assert "read_async.py" in banner and "do not edit" in banner


def test_what_is_committed_is_current() -> None:
    assert async_to_sync.main(["--check"]) == 0


def test_a_change_of_one_half_alone_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(async_to_sync, "PAIRS", (("a_async.py", "a.py"),))
    monkeypatch.setattr(async_to_sync, "ROOT", tmp_path)
    (tmp_path / "a_async.py").write_text(_ASYNC)
    with pytest.raises(Failure, match=r"a\.py"):
        async_to_sync.main(["--check"])
    assert not (tmp_path / "a.py").exists()
    async_to_sync.main([])
    assert async_to_sync.main(["--check"]) == 0
    (tmp_path / "a_async.py").write_text(_ASYNC.replace("select 1", "select 2"))
    with pytest.raises(Failure):
        async_to_sync.main(["--check"])
