"""Derives the schema for Citus from sql/: `python -m tools.bench citus`.

Citus spreads tables by one column over servers; ours have it, `user_id`. What it
refuses is written otherwise, and nothing else is: docs/scale.md says what that gives
up. People and keys are on every node, so that each finds out for itself who is asking.

The text is what a superuser of the coordinator runs on a database that has the
extension. `tests/python/performance/test_citus.py` shows on plain PostgreSQL, without
the extension's own calls, which rules of `sql/lints/` it keeps and which it gives up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tools.migrate import baseline_text
from tools.project import SCHEMA

# In the order in which they refer to each other.
EVERYWHERE: Final = (
    "app_data.users",
    "app_private.signing_keys",
    "app_private.trusted_jwt_logins",
)
DISTRIBUTED: Final = (
    "app_data.spaces",
    "app_data.user_preferences",
    "app_data.projects",
    "app_data.tasks",
    "app_data.task_counts",
    "app_data.tags",
    "app_data.task_tags",
    "app_data.commands",
)

_EAGER: Final = re.compile(
    r"\(select app\.current_space_mask\(\)\)\[space_number\] is not null\s+"
    r"and (?P<column>user_id|id) = app\.current_user_id\(\)\s+"
    r"and (?P=column) = \(select app\.current_user_id\(\)\)"
)
_WRAPPED: Final = re.compile(r"\(select app\.current_user_id\(\)\)")
_POLICY: Final = re.compile(r"^create policy .*?;$", re.MULTILINE | re.DOTALL)


def schema() -> str:
    """Give all statements, in order, without what only Citus knows."""
    return _POLICY.sub(_unwrapped, baseline_text.text(SCHEMA))


def spreading() -> Iterator[str]:
    """Give the statements that spread the tables, for a superuser."""
    yield "set citus.enable_unsafe_triggers = on"
    yield from (f"select create_reference_table('{table}')" for table in EVERYWHERE)
    first = DISTRIBUTED[0]
    yield f"select create_distributed_table('{first}', 'user_id')"
    for table in DISTRIBUTED[1:]:
        yield (
            f"select create_distributed_table('{table}', 'user_id',"
            f" colocate_with => '{first}')"
        )


def text() -> str:
    """Give the whole of it as one script for psql."""
    lines = [f"{statement};" for statement in spreading()]
    return f"{schema()}\nreset role;\n" + "\n".join(lines) + "\n"


def _unwrapped(match: re.Match[str]) -> str:
    """Write a policy without sub-queries, which Citus refuses."""
    plain = _EAGER.sub(r"\g<column> = app.current_user_id()", match[0])
    return _WRAPPED.sub("app.current_user_id()", plain)
