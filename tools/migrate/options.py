"""What a run may be told, with the defaults that suit a database in use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """Limits of one run; times in milliseconds.

    Args:
        lock_timeout: how long one attempt at a file may wait for locks, all its waits
            together, while traffic queues behind it. A file's own directive wins.
        statement_timeout: of each statement, 0 for none. A file's own directive wins.
        retry_for: how long attempts at one file are repeated.
        wait: how long to wait for another run of migrations.
        beside: accept a database that holds tables of others in other schemas.
    """

    lock_timeout: int = 2_000
    statement_timeout: int = 0
    retry_for: int = 120_000
    wait: int = 600_000
    beside: bool = False
