"""The way to the database: checked for what migrations need, then opened."""

from __future__ import annotations

import psycopg

from tools.console import Failure
from tools.console.reporter import Reporter
from tools.migrate.options import Options
from tools.migrate.session import Session
from tools.postgres.target import check_target


def opened(url: str, options: Options, report: Reporter) -> Session:
    """Check the target and open the session; a context manager.

    Raises:
        Failure: it cannot be migrated, by name.
    """
    check_target(url)
    try:
        return Session(url, options, report)
    except psycopg.OperationalError as error:
        raise Failure(
            f"no connection to the database: {str(error).strip()}",
            next="check DATABASE_URL, or unset it to use the project's own server",
        ) from error
