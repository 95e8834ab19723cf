"""What an application does through its session: the mix once more, as Python."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from sqlalchemy.orm import Session, selectinload
from sqlmodel import col, func, select

from tools.bench.data import TODAY

Target: TypeAlias = Mapping[str, Any]
Act: TypeAlias = Callable[[Session, Target], object]

WRITES: Final = frozenset({"create", "patch", "complete", "batch"})


class Acts:
    """The acts on one set of models.

    Args:
        task: the class of tasks.
        link: the class of a tag on a task.
        word: what is searched for.
        owned: whether each query names the user, which our runtime does by itself.
        counts: the class of counts that the database keeps, if it does.
    """

    def __init__(
        self, task: Any, link: Any, word: str, *, owned: bool, counts: Any = None
    ) -> None:
        self.task, self.link, self.word, self.owned = task, link, word, owned
        self.counts = counts

    def named(self) -> dict[str, Act]:
        """Give the acts by name."""
        return {
            name: getattr(self, name)
            for name in vars(Acts)
            if name not in ("named",) and not name.startswith("_")
        }

    def project_page(self, session: Session, target: Target) -> object:
        """List a project in manual order; a template counts it as well."""
        task = self.task
        mine = self._mine(target).where(task.project_id == target["project_id"])
        if self.owned:
            session.execute(select(func.count()).select_from(mine.subquery())).one()
        page = mine.order_by(task.position, task.id).limit(50)
        return session.execute(page).scalars().all()

    def today(self, session: Session, target: Target) -> object:
        """List what is due on a day."""
        return self._agenda(session, target, self.task.due_date == TODAY)

    def overdue(self, session: Session, target: Target) -> object:
        """List what was due before."""
        return self._agenda(session, target, self.task.due_date < TODAY)

    def upcoming(self, session: Session, target: Target) -> object:
        """List what is due later."""
        return self._agenda(session, target, self.task.due_date > TODAY)

    def by_status(self, session: Session, target: Target) -> object:
        """List what is in progress, newest first."""
        task = self.task
        which = (task.status == "in_progress") & col(task.completed).is_(False)
        return self._newest(session, target, which)

    def by_priority(self, session: Session, target: Target) -> object:
        """List what is open and urgent, newest first."""
        urgent = (self.task.priority == 2) & col(self.task.completed).is_(False)
        return self._newest(session, target, urgent)

    def one_task(self, session: Session, target: Target) -> object:
        """Read a task with its tags and subtasks."""
        task = self.task
        query = self._all(target).where(task.id == target["task_id"])
        whole = query.options(selectinload(task.tags), selectinload(task.subtasks))
        return session.execute(whole).scalars().one()

    def create(self, session: Session, target: Target) -> object:
        """Add a task and read what the database made of it."""
        task = self.task(
            user_id=target["user_id"],
            project_id=target["project_id"],
            title="Call the plumber",
            priority=2,
            due_date=TODAY,
        )
        session.add(task)
        session.flush()
        return task

    def patch(self, session: Session, target: Target) -> object:
        """Read a task and change its title."""
        task = self._one(session, target)
        task.title = f"Call the plumber at {dt.datetime.now(dt.UTC):%H:%M:%S.%f}"
        session.flush()
        return task

    def complete(self, session: Session, target: Target) -> object:
        """Finish a task, or begin it again."""
        task = self._one(session, target)
        task.status = "todo" if task.status == "done" else "done"
        if self.owned:  # what our database does by itself
            task.completed = task.status == "done"
            task.completed_at = dt.datetime.now(dt.UTC) if task.completed else None
        session.flush()
        return task

    def search(self, session: Session, target: Target) -> object:
        """Search a word in titles; ours has an index of words behind a function."""
        task = self.task
        if not self.owned:
            from todo_models.functions import search_tasks

            return search_tasks(session, self.word, 20)
        found = self._mine(target).where(col(task.title).ilike(f"%{self.word}%"))
        page = found.order_by(col(task.created_at).desc()).limit(20)
        return session.execute(page).scalars().all()

    def tags_any(self, session: Session, target: Target) -> object:
        """List what has one of two tags, newest first."""
        task, link = self.task, self.link
        wanted = [target["tag_id"], target["other_tag_id"]]
        tagged = select(link).where(link.task_id == task.id)
        return self._newest(
            session, target, tagged.where(col(link.tag_id).in_(wanted)).exists()
        )

    def batch(self, session: Session, target: Target) -> object:
        """Add fifty tasks."""
        rows = [
            self.task(
                user_id=target["user_id"],
                project_id=target["project_id"],
                title=f"Item {n}",
            )
            for n in range(50)
        ]
        session.add_all(rows)
        session.flush()
        return rows

    def dashboard(self, session: Session, target: Target) -> object:
        """Count per status."""
        task, kept = self.task, self.counts
        if kept is not None:
            kinds = (kept.todo, kept.in_progress, kept.review, kept.blocked, kept.done)
            return session.execute(select(*map(func.sum, kinds))).one()
        counts = select(task.status, func.count()).where(
            task.user_id == target["user_id"], col(task.deleted_at).is_(None)
        )
        return session.execute(counts.group_by(task.status)).all()

    def timeline(self, session: Session, target: Target) -> object:
        """List what was done lately."""
        task = self.task
        done = self._mine(target).where(col(task.completed).is_(True))
        lately = done.order_by(col(task.completed_at).desc(), col(task.id).desc())
        return session.execute(lately.limit(50)).scalars().all()

    def _all(self, target: Target) -> Any:
        query = select(self.task)
        return (
            query.where(self.task.user_id == target["user_id"]) if self.owned else query
        )

    def _mine(self, target: Target) -> Any:
        return self._all(target).where(col(self.task.deleted_at).is_(None))

    def _one(self, session: Session, target: Target) -> Any:
        query = self._all(target).where(self.task.id == target["task_id"])
        return session.execute(query).scalars().one()

    def _agenda(self, session: Session, target: Target, when: Any) -> object:
        task = self.task
        found = self._mine(target).where(when, col(task.completed).is_(False))
        order = (
            [task.due_date, task.id]
            if self.owned
            else [task.due_date, task.due_time, task.id]
        )
        return session.execute(found.order_by(*order).limit(50)).scalars().all()

    def _newest(self, session: Session, target: Target, which: Any) -> object:
        task = self.task
        order = [col(task.id).desc()]  # with us the id is the time of birth
        if self.owned:
            order.insert(0, col(task.created_at).desc())
        page = self._mine(target).where(which).order_by(*order).limit(50)
        return session.execute(page).scalars().all()
