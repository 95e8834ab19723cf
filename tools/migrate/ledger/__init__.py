"""What the database knows about its migrations: the only owner of that knowledge.

yoyo's own three tables stand unchanged in schema `todo_migrations`. Beside them,
`files` holds what yoyo does not keep: the text that was applied, its checksums, its
time, and how far a file outside of a transaction has come. Whatever reads or changes
one of these tables is a statement of this package. What changes them is returned as a
text: who asks for it puts it into the same message as what it is about.
"""

from __future__ import annotations

from typing import Final

from tools.migrate.ledger.reading import (
    Course,
    Record,
    course,
    exists,
    known,
    login_may_not,
    read,
)
from tools.migrate.ledger.writing import (
    accepted,
    applied,
    begun,
    bookkeeping,
    counted,
    forgotten,
    hash_of,
    passed,
    taken_back,
    taken_up,
    undoing,
    unmarked,
)
from tools.project import LEDGER

__all__ = [
    "MARKS",
    "SCHEMA",
    "Course",
    "Record",
    "accepted",
    "applied",
    "begun",
    "bookkeeping",
    "counted",
    "course",
    "exists",
    "forgotten",
    "hash_of",
    "known",
    "login_may_not",
    "passed",
    "read",
    "taken_back",
    "taken_up",
    "undoing",
    "unmarked",
]

SCHEMA: Final = LEDGER
MARKS: Final = "_yoyo_migration"
