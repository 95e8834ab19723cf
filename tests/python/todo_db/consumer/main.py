"""The application: `uvicorn tests.python.todo_db.consumer.main:app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from tests.python.todo_db.consumer import people, work
from tests.python.todo_db.consumer.door import Db, database
from todo_db import TodoError
from todo_models import RuleError


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Refuse to start on a database that is not right; close the pool at the end."""
    db = database()
    found = await db.async_ready()
    if not found.ok:
        raise RuntimeError("; ".join(found.reasons))
    yield
    await db.aclose()


app = FastAPI(title="Todo", lifespan=lifespan)
app.include_router(people.router)
app.include_router(work.router)


@app.exception_handler(TodoError)
async def on_error(_: Request, error: TodoError) -> JSONResponse:
    """Answer with the status of the error; its text is for the log."""
    body = {"error": type(error).__name__, "constraint": error.constraint}
    return JSONResponse(body, error.http_status)


@app.exception_handler(RuleError)
async def on_rule(_: Request, error: RuleError) -> JSONResponse:
    """Answer as the database would."""
    return JSONResponse({"error": "RuleViolated", "constraint": error.constraint}, 422)


@app.get("/health/live", tags=["health"])
async def live() -> dict[str, bool]:
    """Return that the process runs."""
    return {"ok": True}


@app.get("/health/ready", tags=["health"], responses={503: {}})
async def ready(db: Db) -> JSONResponse:
    """Return whether requests should come, and why not."""
    found = await db.async_ready()
    return JSONResponse(
        {"ok": found.ok, "reasons": found.reasons}, 200 if found.ok else 503
    )
