"""Names as SQL writes them."""

from __future__ import annotations

import re

from psycopg import sql


def quoted(*parts: str | None) -> str:
    """Quote the name of *parts*, such as schema and table; None is left out."""
    return sql.Identifier(*(part for part in parts if part)).as_string()


def plain(name: str) -> str:
    """Quote *name* where it needs it, as `quote_ident` of the server does."""
    from pglast import keywords  # slow to import, and seldom needed

    if re.fullmatch(r"[a-z_][a-z0-9_]*", name):
        if name not in keywords.RESERVED_KEYWORDS | keywords.COL_NAME_KEYWORDS:
            return name
    return quoted(name)
