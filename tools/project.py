"""What is this project's alone: its schemas, its roles, the name of its package."""

from __future__ import annotations

from typing import Final

# What is generated from: the first one's objects go by their plain names. One that a
# database does not have, such as an older state, is passed over.
SCHEMAS: Final = ("app",)
# Whose tables stand behind views of the first, of the same names: the application may
# name those alone (docs/decisions/0015), but keys, checks and defaults are the tables'.
# So the models are made from the tables, under the names of the views.
BEHIND: Final = "app_data"
# Whose privileges on tables decide what the models take and show.
ROLE: Final = "todo_user"
# Who calls functions: a role of the application's for each purpose.
EXECUTORS: Final = ("todo_user", "todo_auth")
PACKAGE: Final = "todo_models"
