"""The access of a todo application to its database.

    from todo_db import Database

    db = Database.from_env()
    with db.session(user_id) as session:
        tasks = session.exec(select(Task)).all()

Names are imported when they are first used, so that a program pays for what it needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .database import Database as Database
    from .errors import MisuseError as MisuseError
    from .errors import SettingsError as SettingsError
    from .errors import StartupError as StartupError
    from .errors import TodoError as TodoError
    from .session import AsyncUserSession as AsyncUserSession
    from .session import UserSession as UserSession
    from .settings import Settings as Settings
    from .transaction import TransactionOptions as TransactionOptions

_MODULE_OF: Final = {
    "AsyncUserSession": "session",
    "Database": "database",
    "MisuseError": "errors",
    "Settings": "settings",
    "SettingsError": "errors",
    "StartupError": "errors",
    "TodoError": "errors",
    "TransactionOptions": "transaction",
    "UserSession": "session",
}
__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value
