"""An app under load, of whichever version `todo_models` on its path has.

    python -m tests.python.todo_db.rolling description

Three threads make requests, each a transaction of its own and none repeated, until the
standard input ends; then it prints how many there were and what failed.
"""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

from sqlalchemy import update
from sqlmodel import col, select

from tests.python.todo_db.sample import ALICE
from todo_db import Database
from todo_models import Task

_THREADS = 3


class App:
    """The requests of one process.

    Args:
        attribute: what this version calls the text of a task.
    """

    def __init__(self, attribute: str) -> None:
        self.attribute = attribute
        self.db = Database.from_env()
        self.requests = 0
        self.failures: list[str] = []
        self._ended, self._lock = threading.Event(), threading.Lock()

    def run(self) -> None:
        """Work until the input ends; say `ready` when the first round was answered."""
        self.serve()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        threads = [threading.Thread(target=self._work) for _ in range(_THREADS)]
        for thread in threads:
            thread.start()
        sys.stdin.read()
        self._ended.set()
        for thread in threads:
            thread.join()
        found = {"requests": self.requests, "failures": self.failures}
        sys.stdout.write(json.dumps(found) + "\n")

    def serve(self) -> None:
        """Write, change and read a task, and read those of the other version."""
        text = getattr(Task, self.attribute)
        values: dict[str, Any] = {self.attribute: "one"}
        with self.db.session(ALICE) as session:
            task = Task(project_id=ALICE, title="rolling", **values)
            session.add(task)
        with self.db.session(ALICE) as session:
            session.execute(
                update(Task).where(col(Task.id) == task.id).values({text: "two"})
            )
        with self.db.session(ALICE, read_only=True) as session:
            newest = select(Task).where(Task.title == "rolling")
            rows = session.exec(newest.order_by(col(Task.id).desc()).limit(20)).all()
            found = {getattr(row, self.attribute) for row in rows}
            assert found <= {"one", "two"}, found
            mine = session.exec(select(text).where(Task.id == task.id)).one()
            assert mine == "two", mine
        with self._lock:
            self.requests += 3

    def _work(self) -> None:
        while not self._ended.is_set():
            try:
                self.serve()
            except Exception as error:
                self.failures.append(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    App(sys.argv[1]).run()
