"""A todo application's API: people.py has the accounts, this file the tasks."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, Header, Query
from fastapi.responses import JSONResponse, StreamingResponse
from people import current_user
from people import router as people
from pydantic import BaseModel
from sqlalchemy.orm import joinedload
from sqlmodel import func, select

from todo_db import AsyncUserSession, Database
from todo_db.errors import NotFound, StaleVersion
from todo_db.fastapi import PROBLEMS, Db, install, lifespan, reading, writing
from todo_db.paging import Listing
from todo_models import (
    Project,
    ProjectCreate,
    ProjectPublic,
    Tag,
    TagCreate,
    TagPublic,
    Task,
    TaskCreate,
    TaskPublic,
    TaskStatus,
    TaskTag,
    TaskUpdate,
    User,
    UserPublic,
    UserUpdate,
    functions_async,
)

Me = Annotated[UUID, Depends(current_user)]
Reading = Annotated[AsyncUserSession, reading(current_user)]
Writing = Annotated[AsyncUserSession, writing(current_user)]
Cursor = Annotated[str | None, Query(max_length=2000)]

app = FastAPI(title="Todo", lifespan=lifespan(Database.from_env()), responses=PROBLEMS)
install(app)
app.include_router(people)


class Tasks(BaseModel):
    """A page of tasks."""

    items: list[TaskPublic]
    next: str | None
    previous: str | None


class TaskDetail(TaskPublic, frozen=True):
    """A task with what belongs to it."""

    tags: list[TagPublic]
    subtasks: list[TaskPublic]


@app.get("/health/live", tags=["health"])
async def live() -> dict[str, bool]:
    """Return that the process runs."""
    return {"ok": True}


@app.get("/health/ready", tags=["health"], responses={503: {}})
async def ready(db: Db) -> JSONResponse:
    """Return whether requests should come, and why not."""
    found = await db.async_ready()
    body = {"ok": found.ok, "reasons": found.reasons}
    return JSONResponse(body, 200 if found.ok else 503)


@app.get("/me")
async def me(session: Reading) -> UserPublic:
    """Return the own account."""
    return UserPublic.model_validate((await session.exec(select(User))).one())


@app.patch("/me")
async def change_me(body: UserUpdate, session: Writing) -> UserPublic:
    """Change the own account."""
    row = body.apply((await session.exec(select(User))).one())
    await session.flush()
    return UserPublic.model_validate(row)


@app.get("/projects")
async def list_projects(session: Reading) -> list[ProjectPublic]:
    """Return the projects in the order of the sidebar."""
    rows = await session.exec(select(Project).order_by(Project.position, Project.id))
    return [ProjectPublic.model_validate(row) for row in rows]


@app.post("/projects", status_code=201)
async def add_project(body: ProjectCreate, session: Writing) -> ProjectPublic:
    """Add a project."""
    row = body.to_row(user_id=session.user_id)
    session.add(row)
    await session.flush()
    return ProjectPublic.model_validate(row)


@app.post("/tags", status_code=201)
async def add_tag(body: TagCreate, session: Writing) -> TagPublic:
    """Add a tag."""
    row: Tag = body.to_row(user_id=session.user_id)
    session.add(row)
    await session.flush()
    return TagPublic.model_validate(row)


@app.get("/tasks")
async def list_tasks(
    session: Reading,
    project_id: UUID | None = None,
    status: TaskStatus | None = None,
    size: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Cursor = None,
    before: Cursor = None,
) -> Tasks:
    """Return tasks in their order."""
    wanted = select(Task)
    if project_id is not None:
        wanted = wanted.where(Task.project_id == project_id)
    if status is not None:
        wanted = wanted.where(Task.status == status)
    listing = Listing(wanted, Task.position, Task.id)
    page = await listing.fetch_async(session, size=size, after=after, before=before)
    items = [TaskPublic.model_validate(row) for row in page.items]
    return Tasks(items=items, next=page.next, previous=page.previous)


@app.post("/tasks", status_code=201)
async def add_task(
    body: TaskCreate,
    db: Db,
    me: Me,
    idempotency_key: Annotated[UUID | None, Header()] = None,
) -> TaskPublic:
    """Add a task; with an Idempotency-Key a second time changes nothing (409)."""

    async def work(session: AsyncUserSession) -> TaskPublic:
        row = body.to_row(user_id=me)
        session.add(row)
        await session.flush()
        return TaskPublic.model_validate(row)

    return await db.async_run(me, work, command_id=idempotency_key)


@app.get("/tasks/{task_id}")
async def get_task(task_id: UUID, session: Reading) -> TaskDetail:
    """Return a task with its tags and subtasks."""
    both = (joinedload(Task.tags), joinedload(Task.subtasks))
    wanted = select(Task).where(Task.id == task_id).options(*both)
    row = (await session.exec(wanted)).unique().one_or_none()
    if row is None:
        raise NotFound("there is no such task")
    return TaskDetail.model_validate(row)


@app.patch("/tasks/{task_id}")
async def change_task(
    task_id: UUID,
    body: TaskUpdate,
    session: Writing,
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> TaskPublic:
    """Change a task, if it still has the version that was read."""
    row = await session.get(Task, (session.user_id, task_id))
    if row is None:
        raise NotFound("there is no such task")
    if version is not None and version != row.version:
        raise StaleVersion("the task has changed since it was read")
    body.apply(row)
    await session.flush()
    return TaskPublic.model_validate(row)


@app.delete("/tasks/{task_id}", status_code=204)
async def delete_task(task_id: UUID, session: Writing) -> None:
    """Put a task into the trash, with its subtasks."""
    await functions_async.delete_task(session, task_id)


@app.post("/tasks/{task_id}/restore", status_code=204)
async def restore_task(task_id: UUID, session: Writing) -> None:
    """Take a task out of the trash."""
    await functions_async.restore_task(session, task_id)


@app.put("/tasks/{task_id}/tags/{tag_id}", status_code=204)
async def put_tag(task_id: UUID, tag_id: UUID, session: Writing) -> None:
    """Put a tag on a task."""
    session.add(TaskTag(user_id=session.user_id, task_id=task_id, tag_id=tag_id))


@app.get("/dashboard")
async def dashboard(session: Reading) -> dict[TaskStatus, int]:
    """Return how many tasks there are of each status."""
    counts = select(Task.status, func.count()).group_by(Task.status)
    return dict((await session.exec(counts)).all())


@app.get("/export", response_class=StreamingResponse)
async def export(db: Db, me: Me) -> StreamingResponse:
    """Return everything, a line of JSON per task, in constant memory."""

    async def lines() -> AsyncIterator[str]:
        async with db.async_session(me, read_only=True) as session:
            wanted = select(Task).execution_options(yield_per=200)
            async for row in await session.stream_scalars(wanted):
                yield TaskPublic.model_validate(row).model_dump_json() + "\n"

    return StreamingResponse(lines(), media_type="application/x-ndjson")
