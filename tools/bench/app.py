"""The mix from the app's side: through todo_db, and as a common template does it.

As many processes as there are cores, as an app has workers; in each, threads or tasks
of one event loop. Times are those that a request's handler sees, models included.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Any, Final, TypeAlias

import psycopg
from psycopg.rows import dict_row
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from todo_db.errors import StaleVersion
from tools.bench.acts import WRITES, Act, Acts, Target
from tools.bench.loading import OURS
from tools.bench.mix import WEIGHTS, aim
from tools.bench.place import Place, cores
from tools.bench.results import summary
from tools.console import err
from tools.postgres.pgbouncer import pooling

TEMPLATE: Final = "template"
MISSING: Final = tuple(name for name in WEIGHTS if name in ("tags_all", "reorder"))
Log: TypeAlias = list[tuple[str, float]]
Do: TypeAlias = Callable[[Act, bool, Target], object]


@dataclass(frozen=True)
class Job:
    """What one process does.

    Args:
        way: `sync`, `async` or `template`.
        url: of the database, as the app's login.
        key: the signing key.
        clients: threads or tasks.
        seconds: how long.
        seed: of the draws.
        targets: whom and what the acts are about.
        word: what is searched for.
    """

    way: str
    url: str
    key: str
    clients: int
    seconds: float
    seed: int
    targets: Sequence[Target]
    word: str


def measure(place: Place, seconds: int, rounds: int) -> dict[str, Any]:
    """Run the acts in turns and give, by way and clients, each kind's times."""
    # Tokens are the runtime's own affair here.
    aim(place, OURS)
    aim(place, "specification")
    ours, theirs = _targets(place, OURS), _targets(place, "specification")
    word = place.world.words[40]
    with pooling(place.cluster, place.passwords, servers=20) as pooler:
        direct = Job("sync", place.login(OURS), place.key, 1, seconds, 0, ours, word)
        pooled = replace(direct, url=pooler.url(direct.url))
        bare = replace(direct, url=place.login("specification"), targets=theirs)
        ways = {
            "todo_db": direct,
            "todo_db, async": replace(direct, way="async"),
            "todo_db, PgBouncer": pooled,
            "todo_db, async, PgBouncer": replace(pooled, way="async"),
            "template": replace(bare, way=TEMPLATE),
        }
        return dict(_in_turns(ways, seconds, rounds))


def _in_turns(
    ways: dict[str, Job], seconds: int, rounds: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    clients = (1, cores(), cores() * 10)
    runs = [(n, name, turn) for turn in range(rounds) for n in clients for name in ways]
    found: dict[tuple[str, int], list[dict[str, list[float]]]] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("the app", total=len(runs))
        for count, name, turn in runs:
            bar.update(task, description=f"the app: {name}, {count} clients")
            job = replace(ways[name], seed=turn)
            found.setdefault((name, count), []).append(_run(job, count))
            bar.advance(task)
    for name in ways:
        yield name, {str(n): summary(found[name, n], seconds) for n in clients}


def _run(job: Job, clients: int) -> dict[str, list[float]]:
    """Share *clients* out among processes and bring their times together."""
    processes = min(clients, cores())
    jobs = [
        replace(job, clients=clients // processes, seed=job.seed * 100 + n)
        for n in range(processes)
    ]
    times: dict[str, list[float]] = {
        name: [] for name in WEIGHTS if name not in MISSING
    }
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        for log in pool.map(work, jobs):
            for name, milliseconds in log:
                times[name].append(milliseconds)
    return times


def work(job: Job) -> Log:
    """Do a job; the first act and second of each process do not count."""
    return asyncio.run(_work_async(job)) if job.way == "async" else _work_sync(job)


def _work_sync(job: Job) -> Log:
    log: Log = []
    do, close = _template(job) if job.way == TEMPLATE else _runtime(job)
    do(_acts(job).one_task, False, job.targets[0])  # makes the mappers
    begin = time.perf_counter() + 1.0

    def client(number: int) -> None:
        for name, act, target in _drawn(job, number):
            start = time.perf_counter()
            if start > begin + job.seconds:
                return
            do(act, name in WRITES, target)
            if start > begin:
                log.append((name, (time.perf_counter() - start) * 1000))

    threads = [threading.Thread(target=client, args=(n,)) for n in range(job.clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    close()
    return log


async def _work_async(job: Job) -> Log:
    log: Log = []
    db = _door(job)
    first = job.targets[0]
    await db.async_run(
        first["user_id"], lambda session: session.run_sync(_acts(job).one_task, first)
    )
    begin = time.perf_counter() + 1.0

    async def client(number: int) -> None:
        for name, act, target in _drawn(job, number):
            start = time.perf_counter()
            if start > begin + job.seconds:
                return
            modes = {} if name in WRITES else {"read_only": True}

            async def once(
                session: Any, act: Act = act, target: Target = target
            ) -> Any:
                return await session.run_sync(act, target)

            with suppress(StaleVersion):  # an answer, too: somebody else was first
                await db.async_run(target["user_id"], once, **modes)
            if start > begin:
                log.append((name, (time.perf_counter() - start) * 1000))

    await asyncio.gather(*map(client, range(job.clients)))
    await db.aclose()
    return log


def _drawn(job: Job, number: int) -> Iterator[tuple[str, Act, Target]]:
    """Draw acts by their weight, and somebody for each, without an end."""
    rng = random.Random(f"{job.seed} {number}")  # noqa: S311 - not a secret
    acts = _acts(job).named()
    names = [name for name in WEIGHTS if name not in MISSING]
    weights = [WEIGHTS[name] for name in names]
    while True:
        name = rng.choices(names, weights)[0]
        yield name, acts[name], rng.choice(job.targets)


def _acts(job: Job) -> Acts:
    if job.way == TEMPLATE:
        from tools.bench.template import SpecTask, SpecTaskTag

        return Acts(SpecTask, SpecTaskTag, job.word, owned=True)
    from todo_models import Task, TaskCount, TaskTag

    return Acts(Task, TaskTag, job.word, owned=False, counts=TaskCount)


def _door(job: Job) -> Any:
    from todo_db import Database

    return Database.from_env(
        {
            "TODO_DATABASE_URL": job.url,
            "TODO_SIGNING_KEY": job.key,
            "TODO_POOL_SIZE": str(job.clients),
        }
    )


def _runtime(job: Job) -> tuple[Do, Callable[[], None]]:
    db = _door(job)

    def do(act: Act, writes: bool, target: Target) -> object:
        modes = {} if writes else {"read_only": True}
        with suppress(StaleVersion):
            return db.run(
                target["user_id"], lambda session: act(session, target), **modes
            )
        return None

    return do, db.close


def _template(job: Job) -> tuple[Do, Callable[[], None]]:
    from sqlalchemy import create_engine
    from sqlmodel import Session

    url = job.url.replace("postgresql:", "postgresql+psycopg:", 1)
    engine = create_engine(url, pool_size=job.clients)

    def do(act: Act, writes: bool, target: Target) -> object:
        with Session(engine) as session:
            found = act(session, target)
            if writes:
                session.commit()
                if not isinstance(found, list):
                    session.refresh(found)
            return found

    return do, engine.dispose


def _targets(place: Place, system: str) -> list[Target]:
    with psycopg.connect(place.url, row_factory=dict_row) as connection:
        rows = connection.execute(
            f"select user_id, project_id, task_id, tag_id, other_tag_id"
            f" from bench.targets_{system}"
        )
        return list(rows)
