"""What is this project's alone: where its files stand, its schemas, its roles, names.

No other module computes a path of the checkout.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
SQL: Final = ROOT / "sql"
SCHEMA: Final = SQL / "schema.sql"
MIGRATIONS: Final = ROOT / "migrations"
GENERATED: Final = ROOT / "generated"
TESTS: Final = ROOT / "tests"
POSTGRES: Final = ROOT / ".postgres"
BUILD: Final = ROOT / "build"
ENV_FILE: Final = ROOT / ".env"

# What is generated from: the first one's objects go by their plain names. One that a
# database does not have, such as an older state, is passed over.
SCHEMAS: Final = ("app",)
# Whose tables stand behind views of the first, of the same names: the application may
# name those alone (docs/decisions/0015), but keys, checks and defaults are the tables'.
# So the models are made from the tables, under the names of the views.
BEHIND: Final = "app_data"
# What the application cannot name, and a DBA wants to have explained.
INTERNALS: Final = ("app_auth", "app_integrity", "app_private")
# Whose privileges on tables decide what the models take and show.
ROLE: Final = "todo_user"
# Who calls functions: a role of the application's for each purpose.
EXECUTORS: Final = ("todo_user", "todo_auth")
PACKAGE: Final = "todo_models"
# Who owns our schemas, and the logins that the app and the exporter connect as.
OWNER: Final = "todo_owner"
LOGIN: Final = "todo_app"
MONITOR: Final = "todo_monitor"
# Where migrations are recorded, and all schemas that are ours beside it.
LEDGER: Final = "todo_migrations"
OURS: Final = ("app", "app_auth", "app_data", "app_integrity", "app_private")
