"""PgBouncer in front of a test's cluster, for the backend's login."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager

from tests.python.databases import PASSWORD
from tools.postgres import pgbouncer
from tools.postgres.pgbouncer import Pooler as Pooler
from tools.postgres.server import Cluster


def pooling(
    cluster: Cluster,
    servers: int = 4,
    settings: Mapping[str, str] | None = None,
    way: tuple[str, int] | None = None,
) -> AbstractContextManager[Pooler]:
    """Run a PgBouncer with so many server connections; it is gone afterwards."""
    return pgbouncer.pooling(cluster, {"todo_app": PASSWORD}, servers, settings, way)
