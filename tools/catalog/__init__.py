"""What a database is, in words: its facts, their differences, and a normalised dump.

Facts are what can be compared: they know nothing of OIDs, of the order in which things
were made, of the server's settings or of the login that made them. The queries stand in
`queries/`, one file per kind of fact.
"""

from tools.catalog.compare import Difference, describe, differences, steps
from tools.catalog.pgdump import dump
from tools.catalog.reader import KINDS, Facts, facts, fingerprint, query, settings
from tools.catalog.state import State, state, unlike

__all__ = [
    "KINDS",
    "Difference",
    "Facts",
    "State",
    "describe",
    "differences",
    "dump",
    "facts",
    "fingerprint",
    "query",
    "settings",
    "state",
    "steps",
    "unlike",
]
