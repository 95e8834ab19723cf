"""A server with TLS for all tests here: always Debian's, so that one stage has them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.python.network.certificates import DIRECT, Authority, Certificate
from tests.python.network.secured import Secured, secured
from tests.python.todo_db.sample import fill
from tools.postgres.os_user import server_account


@pytest.fixture(scope="session")
def certificates() -> Iterator[Path]:
    """A directory that the servers' account can read."""
    with tempfile.TemporaryDirectory(prefix="authority-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def authority(certificates: Path) -> Authority:
    """The authority whose certificates are good."""
    return Authority(certificates, server_account())


@pytest.fixture(scope="session")
def good(authority: Authority) -> Certificate:
    """The certificate of the host without the pooler."""
    return authority.issue(DIRECT)


@pytest.fixture(scope="session")
def _server() -> Iterator[Secured]:
    with secured() as server:
        fill(server.cluster)
        yield server


@pytest.fixture
def server(_server: Secured, good: Certificate) -> Iterator[Secured]:
    """The server with its good certificate, however a test leaves it."""
    _server.show(good)
    yield _server
    _server.admit()
    _server.ask("alter role todo_app password 'only-for-tests'")


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """The authority is one of those that the system trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
