"""A server with one small schema, and a copy of it for every change that is tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.python.tools.migrate.folder import Folder
from tests.python.tools.review.planted import Reviewed, plant
from tools import migrate
from tools.postgres import databases
from tools.postgres.cluster import Cluster
from tools.postgres.throwaway import throwaway
from tools.review.clone import SETTINGS
from tools.review.filler import fill
from tools.review.locks import Held
from tools.review.runner import FileRun, run, session
from tools.review.watch import LockWatch, Work, WorkWatch, watching

ROWS = 400
BASE = Path(__file__).parent / "base.sql"
_numbers = count(1)

Try = Callable[..., "Tried"]


class Tried:
    """What a migration of one statement did."""

    def __init__(self, run: FileRun, held: dict[str, Held], work: list[Work]) -> None:
        assert run.error is None, run.error
        self.run, self._held = run, held
        self.work = work[-1]

    @property
    def locks(self) -> dict[str, str]:
        """The locks that the file's last statement took, by relation."""
        last = self.run.statements[-1].statement
        return {str(r): mode.words for r, mode in self._held[last.place].items()}


@pytest.fixture(scope="session")
def review_server() -> Iterator[Cluster]:
    """A cluster whose database `base` holds the schema and some rows."""
    with throwaway(settings=SETTINGS) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def base_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the migration that makes the schema."""
    folder = Folder(tmp_path_factory.mktemp("base"))
    folder.add("0001_create_base", BASE.read_text(), "drop schema s cascade;")
    return folder.path


@pytest.fixture(scope="session")
def base(review_server: Cluster, base_folder: Path) -> str:
    """The name of the filled database, which is only copied."""
    databases.create(review_server.url(), "base")
    migrate.apply(review_server.url("base"), directory=base_folder)
    filled = fill(review_server.url("base"), ROWS)
    assert [one for one in filled if one.note] == []
    return "base"


@pytest.fixture
def url(review_server: Cluster, base: str) -> Iterator[str]:
    """The address of a copy of the filled database."""
    name = f"review_{next(_numbers)}"
    with databases.temporary(review_server, name, base) as address:
        yield address


@pytest.fixture
def folder(base_folder: Path, tmp_path: Path) -> Folder:
    """A directory of migrations after the first one, to which a test adds."""
    made = Folder(tmp_path / "migrations")
    for path in base_folder.iterdir():
        made.write(path.name, path.read_text())
    return made


@pytest.fixture
def attempt(url: str, folder: Folder) -> Try:
    """A function that runs a migration of the given SQL and says what it did."""

    def tried(sql: str, *, header: str = "") -> Tried:
        number = f"{len(folder.files()) + 1:04}"
        folder.add(f"{number}_try_it", sql, header=header)
        file = folder.files()[-1]
        with session(url) as backend:
            locks, work = LockWatch(backend), WorkWatch(backend)
            with watching(locks, work):
                result = run(backend, file, [work, locks])
        held = {statement.place: held for statement, held in locks.taken.items()}
        return Tried(result, held, list(work.work.values()))

    return tried


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Reviewed:
    """The review of the planted dangers, made once."""
    return plant(tmp_path_factory.mktemp("planted"))


@pytest.fixture
def blank(review_server: Cluster) -> Iterator[str]:
    """The address of an empty database."""
    name = f"empty_{next(_numbers)}"
    with databases.temporary(review_server, name) as address:
        yield address
