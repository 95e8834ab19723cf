"""FastAPI: sessions that commit before the answer, and errors as problems (RFC 9457).

Needs the extra `todo-db[fastapi]`.

    app = FastAPI(lifespan=lifespan(Database.from_env()), responses=PROBLEMS)
    install(app)
    Reading = Annotated[AsyncUserSession, reading(current_user)]
    Writing = Annotated[AsyncUserSession, writing(current_user)]

A dependency that commits after the answer was sent has answered 200 to work whose
commit then fails. These commit when the path function returns, before the answer.
"""

# Without `from __future__ import annotations`: FastAPI reads the annotations of the
# functions that are made here.
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated, Any, Final, cast
from uuid import UUID

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse

from .database import Database
from .errors import MisuseError, RuleViolated, StaleVersion, StartupError, TodoError
from .session import AsyncUserSession, UserSession

# Finds the id of whose request it is; raises HTTPException(401) for nobody's.
User = Callable[..., Any]

_MEDIA: Final = "application/problem+json"
_HUMPS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PROBLEM: Final = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "constraint": {"type": "string"},
    },
}

PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {
        "description": description,
        "content": {_MEDIA: {"schema": _PROBLEM}, "application/json": {}},
    }
    for status, description in (
        ("4XX", "The request is refused"),
        ("5XX", "The request could not be served"),
    )
}
"""For `FastAPI(responses=…)`: the answers that `install` makes, and FastAPI's own."""


def lifespan(db: Database) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Return the lifespan of an app that works on *db*.

    The app does not start on a database that cannot be used (`StartupError` says why),
    and closes its pools in the end.
    """

    @asynccontextmanager
    async def run(app: FastAPI) -> AsyncIterator[None]:
        found = await db.async_ready()
        if not found.ok:
            raise StartupError("; ".join(found.reasons))
        app.state.todo_db = db
        try:
            yield
        finally:
            db.close()
            await db.aclose()

    return run


def database(request: Request) -> Database:
    """Return the database of the app that serves *request*; a dependency.

    Raises:
        MisuseError: the app was made without `lifespan`.
    """
    db = getattr(request.app.state, "todo_db", None)
    if db is None:
        raise MisuseError("FastAPI(lifespan=todo_db.fastapi.lifespan(db)) is missing")
    return cast(Database, db)


Db = Annotated[Database, Depends(database)]


def reading(user: User) -> Any:
    """Return the dependency on an `AsyncUserSession` that reads, for *user*."""

    async def session(
        db: Db, me: Annotated[UUID, Depends(user)]
    ) -> AsyncIterator[AsyncUserSession]:
        async with db.async_session(me, read_only=True) as session:
            yield session

    return Depends(session, scope="function")


def writing(user: User) -> Any:
    """Return the dependency on an `AsyncUserSession` that writes, for *user*.

    It commits when the path function has returned, and before the answer is sent.
    """

    async def session(
        db: Db, me: Annotated[UUID, Depends(user)]
    ) -> AsyncIterator[AsyncUserSession]:
        async with db.async_session(me) as session:
            yield session

    return Depends(session, scope="function")


def reading_in_thread(user: User) -> Any:
    """Return what `reading` does, a `UserSession` for path functions without async."""

    def session(db: Db, me: Annotated[UUID, Depends(user)]) -> Iterator[UserSession]:
        with db.session(me, read_only=True) as session:
            yield session

    return Depends(session, scope="function")


def writing_in_thread(user: User) -> Any:
    """Return what `writing` does, a `UserSession` for path functions without async."""

    def session(db: Db, me: Annotated[UUID, Depends(user)]) -> Iterator[UserSession]:
        with db.session(me) as session:
            yield session

    return Depends(session, scope="function")


def install(app: FastAPI) -> None:
    """Let *app* answer this package's errors with problems (RFC 9457).

    A problem has the members type, title, status, detail, and constraint where the
    database named one; a stale row's problem lists the rows and what differs in them.
    What is not the client's fault has no detail: that is for the log.
    """
    app.add_exception_handler(TodoError, _on_error)
    try:
        from todo_models import RuleError
    except ModuleNotFoundError:  # an app may bring models of its own
        return
    app.add_exception_handler(RuleError, _on_rule)


async def _on_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, TodoError)  # noqa: S101 - what it is registered for
    more: dict[str, Any] = {}
    if isinstance(error, StaleVersion):
        more["stale"] = [
            {
                "table": row.table,
                "id": str(row.id),
                "version": row.version,
                "changed": None if row.changed is None else sorted(row.changed),
            }
            for row in error.rows
        ]
    answer = _problem(type(error), str(error), error.constraint, more)
    if error.retryable:
        answer.headers["Retry-After"] = "1"
    return answer


async def _on_rule(_: Request, error: Exception) -> JSONResponse:
    return _problem(RuleViolated, str(error), getattr(error, "constraint", None), {})


def _problem(
    kind: type[TodoError], detail: str, constraint: str | None, more: dict[str, Any]
) -> JSONResponse:
    words = _HUMPS.sub(" ", kind.__name__)
    body: dict[str, Any] = {
        "type": f"urn:todo-db:{words.lower().replace(' ', '-')}",
        "title": words.capitalize(),
        "status": kind.http_status,
    }
    if kind.http_status < 500:
        body["detail"] = detail
    if constraint:
        body["constraint"] = constraint
    return JSONResponse(body | more, kind.http_status, media_type=_MEDIA)
