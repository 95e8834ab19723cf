"""The specification's tables as the models of a common FastAPI template have them.

What an application does by itself there: SQLModel's own session on psycopg, isolation
by WHERE, a count beside a list, a refresh after each commit.
"""

import datetime as dt
from uuid import UUID, uuid4

from sqlmodel import Field, Relationship, SQLModel


class Base(SQLModel):
    """Keeps these tables apart from those of the project."""

    __table_args__ = {"schema": "spec"}


class SpecTaskTag(Base, table=True):
    """A tag on a task."""

    __tablename__ = "task_tags"

    task_id: UUID = Field(primary_key=True, foreign_key="spec.tasks.id")
    tag_id: UUID = Field(primary_key=True, foreign_key="spec.tags.id")


class SpecTag(Base, table=True):
    """A tag."""

    __tablename__ = "tags"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    user_id: UUID
    name: str = Field(max_length=60)


class SpecTask(Base, table=True):
    """A task."""

    __tablename__ = "tasks"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    user_id: UUID
    project_id: UUID | None = None
    parent_id: UUID | None = Field(default=None, foreign_key="spec.tasks.id")
    title: str = Field(max_length=500)
    description: str | None = None
    status: str = "todo"
    completed: bool = False
    priority: int = 4
    due_date: dt.date | None = None
    position: int = 0
    completed_at: dt.datetime | None = None
    deleted_at: dt.datetime | None = None
    created_at: dt.datetime = Field(default_factory=lambda: dt.datetime.now(dt.UTC))
    updated_at: dt.datetime = Field(default_factory=lambda: dt.datetime.now(dt.UTC))

    tags: list[SpecTag] = Relationship(link_model=SpecTaskTag)
    subtasks: list["SpecTask"] = Relationship(
        sa_relationship_kwargs={"remote_side": "SpecTask.parent_id"}
    )
