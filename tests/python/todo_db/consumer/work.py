"""Projects, tasks and tags."""

from collections.abc import AsyncIterator
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from sqlalchemy import delete
from sqlalchemy.orm import joinedload
from sqlmodel import func, select

from tests.python.todo_db.consumer.door import Db, Reading, Writing
from tests.python.todo_db.consumer.identity import Me
from todo_db import AsyncUserSession
from todo_db.errors import NotFound, StaleVersion
from todo_db.paging import Listing
from todo_models import (
    Project,
    ProjectCreate,
    ProjectPublic,
    ProjectUpdate,
    Tag,
    TagCreate,
    TagPublic,
    Task,
    TaskCreate,
    TaskPublic,
    TaskStatus,
    TaskTag,
    TaskUpdate,
)

router = APIRouter(tags=["work"])

Size = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=2000)]
Version = Annotated[int | None, Query(ge=1, le=2**31 - 1)]
Row = TypeVar("Row", Project, Task, Tag)


class Projects(BaseModel):
    """A page of projects."""

    items: list[ProjectPublic]
    next: str | None
    previous: str | None


class Tasks(BaseModel):
    """A page of tasks."""

    items: list[TaskPublic]
    next: str | None
    previous: str | None


class TaskDetail(TaskPublic, frozen=True):
    """A task with what belongs to it."""

    tags: list[TagPublic]
    subtasks: list[TaskPublic]


@router.get("/projects")
async def list_projects(
    session: Reading, size: Size = 50, after: Cursor = None, before: Cursor = None
) -> Projects:
    """Return the projects in the order of the sidebar."""
    current = select(Project).where(Project.deleted_at.is_(None))
    listing = Listing(current, Project.position, Project.id)
    page = await listing.fetch_async(session, size=size, after=after, before=before)
    items = [ProjectPublic.model_validate(row) for row in page.items]
    return Projects(items=items, next=page.next, previous=page.previous)


@router.post("/projects", status_code=201)
async def add_project(body: ProjectCreate, session: Writing, me: Me) -> ProjectPublic:
    """Add a project."""
    row = body.to_row(user_id=me)
    session.add(row)
    await session.flush()
    return ProjectPublic.model_validate(row)


@router.patch("/projects/{project_id}")
async def change_project(
    project_id: UUID, body: ProjectUpdate, session: Writing, version: Version = None
) -> ProjectPublic:
    """Change a project, if it still has the version that was read."""
    row = body.apply(await _find(session, Project, project_id, version))
    await session.flush()
    return ProjectPublic.model_validate(row)


@router.delete("/projects/{project_id}", status_code=204)
async def delete_project(project_id: UUID, session: Writing) -> None:
    """Put a project into the trash, with its tasks."""
    await session.exec(select(func.app.delete_project(project_id)))


@router.post("/projects/{project_id}/restore", status_code=204)
async def restore_project(project_id: UUID, session: Writing) -> None:
    """Take a project out of the trash."""
    await session.exec(select(func.app.restore_project(project_id)))


@router.get("/tasks")
async def list_tasks(
    session: Reading,
    project_id: UUID | None = None,
    status: TaskStatus | None = None,
    size: Size = 50,
    after: Cursor = None,
    before: Cursor = None,
) -> Tasks:
    """Return tasks in their order."""
    wanted = select(Task).where(Task.deleted_at.is_(None))
    if project_id is not None:
        wanted = wanted.where(Task.project_id == project_id)
    if status is not None:
        wanted = wanted.where(Task.status == status)
    listing = Listing(wanted, Task.position, Task.id)
    page = await listing.fetch_async(session, size=size, after=after, before=before)
    items = [TaskPublic.model_validate(row) for row in page.items]
    return Tasks(items=items, next=page.next, previous=page.previous)


@router.post("/tasks", status_code=201)
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


@router.get("/tasks/{task_id}")
async def get_task(task_id: UUID, session: Reading) -> TaskDetail:
    """Return a task with its tags and subtasks."""
    wanted = select(Task).where(Task.id == task_id)
    both = (joinedload(Task.tags), joinedload(Task.subtasks))
    row = (await session.exec(wanted.options(*both))).unique().one_or_none()
    if row is None:
        raise NotFound("there is no such task")
    return TaskDetail.model_validate(row)


@router.patch("/tasks/{task_id}")
async def change_task(
    task_id: UUID, body: TaskUpdate, session: Writing, version: Version = None
) -> TaskPublic:
    """Change a task, if it still has the version that was read."""
    row = body.apply(await _find(session, Task, task_id, version))
    await session.flush()
    return TaskPublic.model_validate(row)


@router.delete("/tasks/{task_id}", status_code=204)
async def delete_task(task_id: UUID, session: Writing) -> None:
    """Put a task into the trash, with its subtasks."""
    await session.exec(select(func.app.delete_task(task_id)))


@router.post("/tasks/{task_id}/restore", status_code=204)
async def restore_task(task_id: UUID, session: Writing) -> None:
    """Take a task out of the trash."""
    await session.exec(select(func.app.restore_task(task_id)))


@router.get("/tags")
async def list_tags(session: Reading) -> list[TagPublic]:
    """Return all tags by name."""
    rows = await session.exec(select(Tag).order_by(Tag.name, Tag.id))
    return [TagPublic.model_validate(row) for row in rows]


@router.post("/tags", status_code=201)
async def add_tag(body: TagCreate, session: Writing, me: Me) -> TagPublic:
    """Add a tag."""
    row = body.to_row(user_id=me)
    session.add(row)
    await session.flush()
    return TagPublic.model_validate(row)


@router.put("/tasks/{task_id}/tags/{tag_id}", status_code=204)
async def put_tag(task_id: UUID, tag_id: UUID, session: Writing, me: Me) -> None:
    """Put a tag on a task."""
    session.add(TaskTag(user_id=me, task_id=task_id, tag_id=tag_id))


@router.delete("/tasks/{task_id}/tags/{tag_id}", status_code=204)
async def take_tag(task_id: UUID, tag_id: UUID, session: Writing) -> None:
    """Take a tag off a task."""
    await session.exec(
        delete(TaskTag).where(TaskTag.task_id == task_id, TaskTag.tag_id == tag_id)
    )


@router.get("/dashboard")
async def dashboard(session: Reading) -> dict[TaskStatus, int]:
    """Return how many tasks there are of each status."""
    rows = await session.exec(
        select(Task.status, func.count())
        .where(Task.deleted_at.is_(None))
        .group_by(Task.status)
    )
    return dict(rows.all())


@router.get("/export", response_class=StreamingResponse)
async def export(db: Db, me: Me) -> StreamingResponse:
    """Return everything, a line of JSON per task, in constant memory."""

    async def lines() -> AsyncIterator[str]:
        async with db.async_session(me, read_only=True) as session:
            rows = await session.stream_scalars(
                select(Task).execution_options(yield_per=200)
            )
            async for row in rows:
                yield TaskPublic.model_validate(row).model_dump_json() + "\n"

    return StreamingResponse(lines(), media_type="application/x-ndjson")


async def _find(
    session: AsyncUserSession, model: type[Row], row_id: UUID, version: int | None
) -> Row:
    row = await session.get(model, (session.user_id, row_id))
    if row is None:
        raise NotFound("there is no such row")
    if version is not None and version != row.version:
        raise StaleVersion("the row has changed since it was read")
    return row
