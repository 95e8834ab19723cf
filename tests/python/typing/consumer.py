"""An application's code on the generated package: it must type-check without a remark.

Nothing here runs in the tests. It is read by mypy and pyright, both strict, which must
find no error and must know the types that `assert_type` names.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, assert_type
from uuid import UUID

from sqlalchemy import Connection, delete, func, or_, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased, joinedload, selectinload
from sqlmodel import Session, select
from sqlmodel.ext.asyncio.session import AsyncSession

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
    Theme,
    User,
    UserPreferences,
    UserPreferencesUpdate,
    UserPublic,
    UserUpdate,
    fingerprint,
    functions,
    functions_async,
)

# Reading.


def inbox(session: Session, user_id: UUID) -> Project:
    """The project whose id is the person's own."""
    query = select(Project).where(Project.user_id == user_id, Project.id == user_id)
    project = session.exec(query).one()
    assert_type(project, Project)
    return project


def open_tasks(session: Session, project_id: UUID) -> Sequence[Task]:
    """What is left to do, in manual order."""
    query = (
        select(Task)
        .where(
            Task.project_id == project_id,
            Task.status != TaskStatus.DONE,
            Task.deleted_at.is_(None),
        )
        .order_by(Task.position.asc(), Task.id)
    )
    return session.exec(query).all()


def overdue(session: Session, today: dt.date) -> Sequence[Task]:
    """What should have been done by now, the longest overdue first."""
    query = (
        select(Task)
        .where(Task.due_date < today, Task.completed.is_(False))
        .order_by(Task.due_date, Task.priority.desc().nulls_last())
        .limit(50)
    )
    return session.exec(query).all()


def titles(session: Session) -> list[str]:
    """The titles alone."""
    found = session.exec(select(Task.title)).all()
    assert_type(found, Sequence[str])
    return list(found)


def deadlines(session: Session) -> dict[UUID, dt.date | None]:
    """Ids with their days."""
    rows = session.exec(select(Task.id, Task.due_date)).all()
    return {row[0]: row[1] for row in rows}


def search(session: Session, words: str) -> Sequence[Task]:
    """Tasks that mention *words*."""
    pattern = f"%{words}%"
    either = or_(Task.title.ilike(pattern), Task.description.ilike(pattern))
    return session.exec(select(Task).where(either)).all()


def of_statuses(session: Session, statuses: Iterable[TaskStatus]) -> Sequence[Task]:
    """Tasks in one of *statuses*."""
    return session.exec(select(Task).where(Task.status.in_(list(statuses)))).all()


def counted(session: Session) -> dict[TaskStatus, int]:
    """How many tasks stand where."""
    query = select(Task.status, func.count()).group_by(Task.status)
    return {row[0]: row[1] for row in session.exec(query)}


def with_everything(session: Session) -> Sequence[Task]:
    """Tasks with what is shown beside them, in few queries."""
    query = select(Task).options(
        joinedload(Task.project),
        selectinload(Task.tags),
        selectinload(Task.subtasks).selectinload(Task.tags),
    )
    return session.exec(query).all()


def tagged(session: Session, name: str) -> Sequence[Task]:
    """Tasks that have a tag."""
    return session.exec(select(Task).where(Task.tags.any(Tag.name == name))).all()


def in_project_called(session: Session, name: str) -> Sequence[Task]:
    """Tasks of the project with a name."""
    query = select(Task).join(Project, Task.project.and_(Project.name == name))
    return session.exec(query).all()


def children(session: Session) -> list[tuple[str, str]]:
    """Pairs of parent and child."""
    parent = aliased(Task)
    query = select(parent.title, Task.title).join(parent, Task.parent.of_type(parent))
    return [(row[0], row[1]) for row in session.exec(query)]


# Attributes.


def described(task: Task) -> str:
    """A line about a task."""
    assert_type(task.title, str)
    assert_type(task.due_date, dt.date | None)
    assert_type(task.status, TaskStatus)
    assert_type(task.completed, bool)
    assert_type(task.parent, Task | None)
    assert_type(task.subtasks, list[Task])
    assert_type(task.project, Project)
    assert_type(task.tags, list[Tag])
    assert_type(task.user, User)
    day = f" by {task.due_date:%d %B}" if task.due_date else ""
    above = f" in {task.parent.title}" if task.parent else f" in {task.project.name}"
    labels = " ".join(f"#{tag.name}" for tag in task.tags)
    return f"{task.title}{above}{day} {labels}".strip()


def tree(task: Task, depth: int = 0) -> list[str]:
    """A task and everything below it, indented."""
    lines = [f"{'  ' * depth}{task.title}"]
    for child in task.subtasks:
        lines += tree(child, depth + 1)
    return lines


def about(user: User) -> str:
    """A line about a person."""
    assert_type(user.preferences, UserPreferences | None)
    assert_type(user.projects, list[Project])
    theme = user.preferences.theme if user.preferences else Theme.SYSTEM
    assert_type(theme, Theme)
    return f"{user.first_name} {user.last_name}: {len(user.projects)} projects, {theme}"


def label(status: TaskStatus) -> str:
    """What a status is called; a new member would be an error here."""
    match status:
        case TaskStatus.TODO:
            return "To do"
        case TaskStatus.IN_PROGRESS:
            return "In progress"
        case TaskStatus.REVIEW:
            return "In review"
        case TaskStatus.DONE:
            return "Done"
        case TaskStatus.BLOCKED:
            return "Blocked"


# Writing.


def add_task(session: Session, user_id: UUID, title: str) -> Task:
    """Put a task into the inbox: what the database sets need not be given."""
    task = Task(user_id=user_id, project_id=user_id, title=title)
    session.add(task)
    session.commit()
    return task


def add_subtask(session: Session, parent: Task, title: str) -> Task:
    """Put a task below another."""
    task = Task(
        user_id=parent.user_id,
        project_id=parent.project_id,
        title=title,
        parent=parent,
        due_date=parent.due_date,
        priority=parent.priority,
    )
    session.add(task)
    return task


def label_task(task: Task, tag: Tag) -> None:
    """Put a tag on a task."""
    if tag not in task.tags:
        task.tags.append(tag)


def finish(task: Task) -> None:
    """Mark a task as done."""
    task.status = TaskStatus.DONE


def postpone(task: Task, days: int) -> None:
    """Move the day on, if there is one."""
    if task.due_date is not None:
        task.due_date += dt.timedelta(days)


def detach(task: Task) -> None:
    """Bring a task to the top of its project."""
    task.parent = None


def rename_all(session: Session, old: str, new: str) -> None:
    """Rename tasks in one statement."""
    session.connection().execute(
        update(Task).where(Task.title == old).values({Task.title: new})
    )


def unlink(session: Session, tag: Tag) -> None:
    """Take a tag off all tasks."""
    session.connection().execute(delete(TaskTag).where(TaskTag.tag_id == tag.id))


# Models.


def create_task(session: Session, user_id: UUID, body: dict[str, Any]) -> TaskPublic:
    """What a POST does."""
    row = TaskCreate.model_validate(body).to_row(user_id=user_id)
    assert_type(row, Task)
    session.add(row)
    session.flush()
    return TaskPublic.model_validate(row)


def create_in_code(user_id: UUID) -> tuple[Task, Project, Tag]:
    """Inputs made in Python: what has a default may be left out."""
    task = TaskCreate(project_id=user_id, title="Water the plants", priority=2)
    assert_type(task.status, TaskStatus)
    project = ProjectCreate(name="Garden", colour="#00aa00")
    tag = TagCreate(name="weekend")
    return (
        task.to_row(user_id=user_id),
        project.to_row(user_id=user_id),
        tag.to_row(user_id=user_id),
    )


def change_task(session: Session, task: Task, body: str) -> TaskPublic:
    """What a PATCH does."""
    changed = TaskUpdate.model_validate_json(body).apply(task)
    assert_type(changed, Task)
    session.flush()
    return TaskPublic.model_validate(changed)


def change_others(project: Project, user: User, preferences: UserPreferences) -> None:
    """Everything may be left out of a change."""
    ProjectUpdate(name="Flat").apply(project)
    ProjectUpdate().apply(project)
    UserUpdate(first_name="Zoë", time_zone="Europe/Berlin").apply(user)
    UserPreferencesUpdate(theme=Theme.DARK).apply(preferences)


def shown(
    user: User, projects: Iterable[Project], tags: Iterable[Tag]
) -> dict[str, Any]:
    """What a page gets."""
    public = UserPublic.model_validate(user)
    assert_type(public.email, str)
    assert_type(public.email_verified_at, dt.datetime | None)
    return {
        "user": public.model_dump(mode="json"),
        "projects": [ProjectPublic.model_validate(p).model_dump() for p in projects],
        "tags": [TagPublic.model_validate(t).name for t in tags],
    }


# Functions.


def move(session: Session, task: Task, project: Project) -> int:
    """Move a task with what is below it."""
    moved = functions.move_task(session, task.id, project.id)
    assert_type(moved, int)
    return moved


def trash(connection: Connection, task_id: UUID) -> bool:
    """Delete a task; false if there was nothing to delete."""
    return functions.delete_task(connection, task_id) > 0


def who(session: Session) -> UUID | None:
    """The verified person; its comment says that it may be null."""
    return functions.current_user_id(session)


async def restore(session: AsyncSession, task_id: UUID) -> int:
    """Take a task out of the trash."""
    return await functions_async.restore_task(session, task_id)


async def first_page(session: AsyncSession) -> list[TaskPublic]:
    """Read without blocking the loop."""
    query = select(Task).order_by(Task.position).limit(20)
    rows = (await session.exec(query)).all()
    return [TaskPublic.model_validate(row) for row in rows]


def is_current(connection: Connection) -> bool:
    """Whether the database is the one that the package was made for."""
    return fingerprint.differences(connection) == []


async def is_current_async(connection: AsyncConnection) -> bool:
    """The same, awaited."""
    return await fingerprint.differences_async(connection) == []
