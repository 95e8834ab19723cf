"""Sessions as one person, on a migrated database, undone after each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlmodel import Session

from tests.python.security.people import ALICE, SIGNER


@pytest.fixture(scope="session")
def engine(shared_app_url: str) -> Iterator[Engine]:
    """The backend's login, as plain SQLAlchemy connects."""
    url = make_url(shared_app_url).set(drivername="postgresql+psycopg")
    engine = create_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def alice(engine: Engine) -> Iterator[Session]:
    """A session in which Alice is verified; nothing of it is kept."""
    with engine.connect() as connection, connection.begin() as transaction:
        connection.execute(
            text(
                "select set_config('role', 'todo_user', true),"
                " set_config('app.token', :token, true)"
            ),
            {"token": SIGNER.for_user(ALICE)},
        )
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            yield session
        transaction.rollback()


@pytest.fixture
def statements(alice: Session) -> Iterator[list[str]]:
    """The SQL that the session sends, in order."""
    sent: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            sent.append(statement)

    connection = alice.connection()
    event.listen(connection, "before_cursor_execute", note)
    yield sent
    event.remove(connection, "before_cursor_execute", note)
