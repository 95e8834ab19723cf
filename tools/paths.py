"""Where things stand in the checkout, so that no other module computes a path."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
SQL: Final = ROOT / "sql"
SCHEMA: Final = SQL / "schema.sql"
MIGRATIONS: Final = ROOT / "migrations"
GENERATED: Final = ROOT / "generated"
TESTS: Final = ROOT / "tests"
JAVASCRIPT: Final = ROOT / "tools" / "javascript"
POSTGRES: Final = ROOT / ".postgres"
BUILD: Final = ROOT / "build"
ENV_FILE: Final = ROOT / ".env"
