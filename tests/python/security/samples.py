"""One row that could be inserted into each table, for the matrix.

A table that is new in the schema has none, and the matrix fails until it does.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID, uuid4


def of(who: UUID, tail: int) -> UUID:
    """Spell an id of the fixtures: the person's letter in front, a digit at the end."""
    return UUID(f"{str(who)[0]}0000000-0000-7000-8000-{tail}00000000000")


# What the owner of a space may do. Everything else is refused, to everybody.
ALLOWED: Final[dict[str, frozenset[str]]] = {
    "users": frozenset({"select", "update"}),
    "user_preferences": frozenset({"select", "update"}),
    "commands": frozenset({"select", "insert"}),
    "projects": frozenset({"select", "insert", "update", "delete"}),
    "tasks": frozenset({"select", "insert", "update", "delete"}),
    "tags": frozenset({"select", "insert", "update", "delete"}),
    "task_tags": frozenset({"select", "insert", "delete"}),
    "spaces": frozenset({"select"}),
    "task_counts": frozenset({"select"}),
}


def row(table: str, who: UUID) -> dict[str, Any]:
    """Give column values of a new row of *table* in the space of *who*."""
    rows: dict[str, dict[str, Any]] = {
        "users": {"id": who, "email": "x@example.org"},
        "user_preferences": {"user_id": who, "theme": "dark"},
        "commands": {"user_id": who, "id": uuid4()},
        "projects": {"user_id": who, "id": uuid4(), "name": "New"},
        "tasks": {"user_id": who, "id": uuid4(), "project_id": who, "title": "New"},
        "tags": {"user_id": who, "id": uuid4(), "name": f"new {uuid4()}"},
        "spaces": {"user_id": who},
        "task_counts": {"user_id": who, "project_id": who},
        "task_tags": {"user_id": who, "task_id": of(who, 4), "tag_id": of(who, 8)},
    }
    return rows[table]


# A column whose new value changes nothing else, and that value.
CHANGE: Final[dict[str, str]] = {
    "users": "first_name = 'Changed'",
    "user_preferences": "theme = 'dark'",
    "commands": "created_at = now()",
    "projects": "name = 'Changed'",
    "tasks": "title = 'Changed'",
    "tags": "colour = '#123456'",
    "task_tags": "created_at = now()",
    "spaces": "task_count = 0",
    "task_counts": "done = 0",
}
