"""Tries mutants: each in a fork of a process that has a server and the libraries."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import CodeType, ModuleType
from typing import Final, NoReturn

from tests.python import databases
from tests.python.campaigns.python_mutants.mutate import Mutant
from tools.dev import async_to_sync
from tools.postgres.cluster import Cluster
from tools.project import ROOT

# What nearly every test imports; a fork has it for nothing.
_LIBRARIES: Final = (
    "argon2",
    "cryptography.hazmat.primitives.ciphers.aead",
    "fastapi",
    "hypothesis",
    "psycopg",
    "pytest",
    "pytest_asyncio",
    "sqlalchemy.ext.asyncio",
    "sqlmodel.ext.asyncio.session",
    "todo_models",
    "trustme",
)
_OURS: Final = ("todo_db", "tests.python.todo_db", "tests.python.network")
KILLED, SURVIVED, LATE, UNSOUND = "killed", "survived", "late", "unsound"
_SPARE: Final = 15.0  # seconds, and three times what the tests take as they are


class Trial:
    """Runs tests against mutants on one server.

    Args:
        cluster: runs, and has the template of `databases`; None for tests without one.
    """

    def __init__(self, cluster: Cluster | None) -> None:
        self._cluster = cluster
        self._usual: dict[tuple[str, ...], float | None] = {}
        for name in _LIBRARIES:
            importlib.import_module(name)

    def run(self, mutant: Mutant, tests: tuple[str, ...]) -> str:
        """Return what became of *mutant*: KILLED, SURVIVED, or LATE, which is noticed.

        UNSOUND if *tests* fail as it is.
        """
        if tests not in self._usual:
            start = time.monotonic()
            passed = self._fork({}, tests, float("inf"))
            usual = time.monotonic() - start
            self._usual[tests] = usual if passed else None
        texts = _texts(mutant)
        seconds = self._usual[tests]
        if seconds is None:
            return UNSOUND
        passed = self._fork(texts, tests, seconds * 3 + _SPARE)
        return {True: SURVIVED, False: KILLED, None: LATE}[passed]

    def _fork(
        self, texts: Mapping[str, str], tests: Sequence[str], seconds: float
    ) -> bool | None:
        """Return whether the tests passed, None if they took longer than *seconds*."""
        child = os.fork()
        if not child:
            self._work(texts, tests)
        end = time.monotonic() + seconds
        done = status = 0
        try:
            while not done and time.monotonic() < end:
                time.sleep(0.02)
                done, status = os.waitpid(child, os.WNOHANG)
        finally:  # an end of the campaign, too
            with suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)  # and what the tests have started
            if not done:
                os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status) == 0 if done else None

    def _work(self, texts: Mapping[str, str], tests: Sequence[str]) -> NoReturn:
        status = 1
        try:
            os.setsid()  # what the tests start ends with them
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            null = os.open(os.devnull, os.O_RDWR)
            for stream in range(3):
                os.dup2(null, stream)
            os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = "/nonexistent"
            databases.GIVEN = self._cluster
            for file, text in texts.items():
                _forget(file)
                sys.meta_path.insert(0, _Finder(file, text))
            import pytest

            flags = ("-x", "-q", "-p", "no:cacheprovider", "-W", "ignore")
            status = int(pytest.main([*flags, *tests]))
        finally:
            os._exit(status)


def _texts(mutant: Mutant) -> dict[str, str]:
    """Return what *mutant* makes of its file, and of the one generated from it."""
    text = mutant.applied((ROOT / mutant.file).read_text("utf-8"))
    twin = dict(async_to_sync.PAIRS).get(mutant.file)
    twins = {twin: async_to_sync.to_sync(text, mutant.file)} if twin else {}
    return {mutant.file: text, **twins}


def _forget(file: str) -> None:
    """Let everything that may hold what is mutated be imported anew."""
    own = file.removesuffix(".py").replace("/", ".")
    package = own.rpartition(".")[0] or own
    for name in list(sys.modules):
        if name.startswith((*_OURS, package)):
            del sys.modules[name]


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Gives one module with another text than its file has."""

    def __init__(self, file: str, text: str) -> None:
        self._path, self._text = ROOT / file, text
        name = file.removesuffix(".py").removesuffix("/__init__")
        self._name = name.replace("/", ".")

    def find_spec(
        self, name: str, path: object = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Give the one module."""
        if name != self._name:
            return None
        return importlib.util.spec_from_file_location(name, self._path, loader=self)

    def get_source(self, fullname: str) -> str:
        """Give the mutant's text."""
        return self._text

    def get_code(self, fullname: str) -> CodeType:
        """Compile it, with the file's name for tracebacks."""
        return compile(self._text, str(self._path), "exec", dont_inherit=True)
