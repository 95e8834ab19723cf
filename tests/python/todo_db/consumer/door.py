"""The one door of this process, and the session of a request."""

import json
import os
from collections.abc import AsyncIterator
from functools import cache
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from tests.python.todo_db.consumer.identity import Me
from todo_db import AsyncUserSession, Database


@cache
def database() -> Database:
    """Return the door; the environment says where it leads."""
    return Database.from_env()


Db = Annotated[Database, Depends(database)]


async def _reading(db: Db, me: Me) -> AsyncIterator[AsyncUserSession]:
    async with db.async_session(me, read_only=True) as session:
        yield session


async def _writing(db: Db, me: Me) -> AsyncIterator[AsyncUserSession]:
    async with db.async_session(me) as session:
        yield session


# A session for reading takes a round trip per statement, one for writing commits before
# the answer leaves: the scope sees to it.
Reading = Annotated[AsyncUserSession, Depends(_reading)]
Writing = Annotated[AsyncUserSession, Depends(_writing, scope="function")]


def send_mail(address: str, secret: str) -> None:
    """Put a message where the tests find it; a real one goes through a mail service."""
    with open(os.environ["CONSUMER_MAILBOX"], "a") as mailbox:
        mailbox.write(json.dumps({"to": address, "secret": secret}) + "\n")


NOBODY = UUID(int=0)
