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
ROLES: Final = (
    "todo_owner",
    "todo_registrar",
    "todo_integrity",
    "todo_searcher",
    "todo_user",
    "todo_auth",
)

_AFTER_ROLES: Final = "\n-- sql/schemas.sql\n"
_EAGER: Final = re.compile(
    r"\(select app\.current_space_mask\(\)\)\[space_number\] is not null\s+"
    r"and (?P<column>user_id|id) = app\.current_user_id\(\)\s+"
    r"and (?P=column) = \(select app\.current_user_id\(\)\)"
)
_WRAPPED: Final = re.compile(r"\(select app\.current_user_id\(\)\)")
_TABLE: Final = re.compile(
    r"^-- sql/(?P<schema>\w+)/tables/(?P<name>\w+)\.sql\n.*?(?=^-- sql/)",
    re.MULTILINE | re.DOTALL,
)
_TARGETS: Final = re.compile(
    r"^alter table [\w.]+\s(alter column \w+ set statistics [^;]*);", re.MULTILINE
)
_COLUMNS: Final = re.compile(
    r"^grant (?P<what>\w+) \([^;)]*\)"
    r"\s+on (?P<table>app_data\.\w+)\s+to (?P<who>[^;]+);",
    re.MULTILINE,
)
_AFTER_DATABASE: Final = "revoke all on schema public from public;\n"
_LOCAL: Final = re.compile(r"^set local ", re.MULTILINE)
_POLICY: Final = re.compile(r"^create policy .*?;$", re.MULTILINE | re.DOTALL)


def schema() -> str:
    """Give all statements, in order, without what only Citus knows."""
    return _POLICY.sub(_unwrapped, baseline_text.text(SCHEMA))


def text() -> str:
    """Give the whole of it as one script for psql.

    Roles may log in, because Citus comes to another node as whoever asks; for the same
    reason it is no transaction, of which another role would not see the beginning.
    Each table is spread before a view stands in front of it, which keeps it from being
    exchanged; targets of statistics and grants on columns are set on its shards.
    """
    roles, rest = schema().split(_AFTER_ROLES)
    logins = "".join(f"alter role {role} login;\n" for role in ROLES)
    rest = rest.replace(_AFTER_DATABASE, f"{_AFTER_DATABASE}{_connecting()}", 1)
    whole = f"{roles}{logins}set citus.enable_unsafe_triggers = on;\n{rest}"
    whole = _COLUMNS.sub(_granted, _TABLE.sub(_spread, whole))
    return _LOCAL.sub("set ", whole)


def _connecting() -> str:
    """Let roles into the databases of the nodes, and to the tables of views there."""
    roles = ", ".join(ROLES)
    return (
        "grant usage on schema app_data to todo_user;\n"
        "do $$\nbegin\n    execute format("
        f"'grant connect on database %I to {roles}', current_database());\nend\n$$;\n"
    )


def _spread(match: re.Match[str]) -> str:
    """Spread a table where its file ends, and set the statistics of its shards."""
    table, text = f"{match['schema']}.{match['name']}", match[0]
    calls = []
    if table in EVERYWHERE:
        calls.append(f"create_reference_table('{table}')")
    elif table in DISTRIBUTED:
        others = f", colocate_with => '{DISTRIBUTED[0]}'"
        more = "" if table == DISTRIBUTED[0] else others
        calls.append(f"create_distributed_table('{table}', 'user_id'{more})")
    elif " references " not in text and "\nreferences " not in text:
        return text  # it stays on the coordinator, and Citus does not know it
    calls += [
        f"run_command_on_shards('{table}', $$alter table %s {each[1]}$$)"
        for each in _TARGETS.finditer(text)
    ]
    shown = "".join(f"select {each};\n" for each in calls)
    owner = "todo_registrar" if match["schema"] == "app_auth" else "todo_owner"
    return f"{_TARGETS.sub('', text)}\nreset role;\n{shown}set role {owner};\n"


def _granted(match: re.Match[str]) -> str:
    """Grant on the shards what Citus does not pass on.

    The whole table there, for it writes defaults into what it sends; the columns are
    checked where the statement comes in.
    """
    if match["table"] not in {*DISTRIBUTED, *EVERYWHERE}:
        return match[0]
    return (
        f"{match[0]}\nreset role;\nselect run_command_on_shards('{match['table']}',"
        f" $$grant {match['what']} on %s to {match['who']}$$);\nset role todo_owner;"
    )


def _unwrapped(match: re.Match[str]) -> str:
    """Write a policy without sub-queries, which Citus refuses."""
    plain = _EAGER.sub(r"\g<column> = app.current_user_id()", match[0])
    return _WRAPPED.sub("app.current_user_id()", plain)
