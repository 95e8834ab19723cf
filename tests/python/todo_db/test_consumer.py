"""examples/fastapi as it runs: uvicorn, PgBouncer, PostgreSQL, and two people.

fastapi, uvicorn, PyJWT, httpx and schemathesis are needed; without them it is skipped.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.python.todo_db.pooler import pooling
from tests.python.todo_db.sample import environment
from tools.postgres.server import Cluster
from tools.project import GENERATED, ROOT

httpx = pytest.importorskip("httpx")
for _needed in ("fastapi", "uvicorn", "jwt", "schemathesis"):
    pytest.importorskip(_needed)
_APP = ("--app-dir", str(ROOT / "examples" / "fastapi"), "main:app")
_PASSWORD = "correct horse battery"
# A log-in takes 64 MiB and a tenth of a second on purpose, so the short form is small.
_EXAMPLES = os.environ.get("TODO_TEST_EXAMPLES", "3")
_PHASES = "fuzzing" if _EXAMPLES == "3" else "examples,coverage,fuzzing,stateful"


class Service:
    """The running application."""

    def __init__(self, address: str, log: Path) -> None:
        self.address, self._log = address, log

    def client(self, token: str | None = None) -> Any:
        """Return a client, for somebody who is logged in if there is a token."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.address, headers=headers, timeout=30)

    def last_mail(self, address: str) -> str:
        """Return the secret that was sent to *address* last."""
        for _ in range(100):
            mail = rf"^mail to {re.escape(address)}: (.+)$"
            if found := re.findall(mail, self._log.read_text(), re.MULTILINE):
                return str(found[-1])
            time.sleep(0.05)
        raise AssertionError(f"no mail to {address}")


@pytest.fixture(scope="module")
def service(
    cluster: Cluster, url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """The application behind a port of its own, in front of a PgBouncer."""
    home = tmp_path_factory.mktemp("consumer")
    with pooling(cluster) as pooler, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        variables = {
            **os.environ,
            **environment(pooler.url(url)),
            "API_SECRET": "only for tests, and long enough for HS256",
            "PYTHONPATH": os.pathsep.join(map(str, (ROOT, GENERATED))),
        }
        command = [sys.executable, "-m", "uvicorn", *_APP, "--log-level", "warning"]
        with (home / "log").open("wb") as log:
            program = subprocess.Popen(
                [*command, "--fd", str(listener.fileno())],
                env=variables,
                pass_fds=[listener.fileno()],
                stdout=log,
                stderr=log,
                cwd=ROOT,
            )
            try:
                port = listener.getsockname()[1]
                service = Service(f"http://127.0.0.1:{port}", home / "log")
                _wait_until_ready(service, program, home / "log")
                yield service
            finally:
                program.terminate()
                program.wait()
        assert "Traceback" not in (home / "log").read_text()


def _wait_until_ready(
    service: Service, program: subprocess.Popen[bytes], log: Path
) -> None:
    with service.client() as client:
        for _ in range(300):
            assert program.poll() is None, log.read_text()
            try:
                if client.get("/health/ready", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
    raise AssertionError(log.read_text())


def _person(service: Service, name: str) -> dict[str, str]:
    """Sign up, verify and log in; return the tokens."""
    email = f"{name}-{uuid4().hex[:8]}@example.org"
    with service.client() as client:
        body = {"email": email, "password": _PASSWORD, "first_name": name}
        assert client.post("/sign-up", json=body).status_code == 202
        login = {"email": email, "password": _PASSWORD}
        assert client.post("/log-in", json=login).status_code == 401
        secret = {"token": service.last_mail(email), "password": "another's"}
        assert client.post("/verify", json=secret).status_code == 404
        secret["password"] = _PASSWORD
        assert client.post("/verify", json=secret).status_code == 204
        assert client.post("/verify", json=secret).status_code == 404
        tokens: dict[str, str] = client.post("/log-in", json=login).json()
    return {**tokens, "email": email}


@pytest.fixture(scope="module")
def ada(service: Service) -> dict[str, str]:
    """Somebody who is logged in."""
    return _person(service, "Ada")


@pytest.fixture(scope="module")
def ben(service: Service) -> dict[str, str]:
    """Somebody else."""
    return _person(service, "Ben")


def test_a_day_with_the_application(service: Service, ada: dict[str, str]) -> None:
    with service.client(ada["access_token"]) as client:
        me = client.get("/me").json()
        assert (me["first_name"], me["time_zone"]) == ("Ada", "UTC")
        client.patch("/me", json={"time_zone": "Europe/Rome"}).raise_for_status()
        garden = client.post("/projects", json={"name": "Garden 🌱"}).json()
        tag = client.post("/tags", json={"name": "outdoors"}).json()
        task = client.post(
            "/tasks", json={"title": "Prune the roses", "project_id": garden["id"]}
        ).json()
        child = client.post(
            "/tasks",
            json={
                "title": "Sharpen the shears",
                "project_id": garden["id"],
                "parent_id": task["id"],
            },
        ).json()
        path = f"/tasks/{task['id']}"
        assert client.put(f"{path}/tags/{tag['id']}").status_code == 204
        detail = client.get(path).json()
        assert [each["name"] for each in detail["tags"]] == ["outdoors"]
        assert [each["id"] for each in detail["subtasks"]] == [child["id"]]
        done = client.patch(path, json={"status": "done"}).json()
        assert done["completed"]
        assert client.delete(path).status_code == 204
        assert client.get("/dashboard").json().get("done") is None
        assert client.post(f"{path}/restore").status_code == 204
        assert client.get("/dashboard").json()["done"] == 1
        lines = client.get("/export").text.splitlines()
        assert {json.loads(line)["id"] for line in lines} >= {task["id"], child["id"]}


def test_pages(service: Service, ada: dict[str, str]) -> None:
    with service.client(ada["access_token"]) as client:
        project = client.post("/projects", json={"name": "Pages"}).json()["id"]
        for n in range(7):
            body = {"title": f"page {n}", "project_id": project}
            client.post("/tasks", json=body).raise_for_status()
        found: list[str] = []
        after: dict[str, str] = {}
        while True:
            query = {"project_id": project, "size": 3, **after}
            page = client.get("/tasks", params=query).json()
            found += [task["title"] for task in page["items"]]
            if page["next"] is None:
                break
            after = {"after": page["next"]}
        assert sorted(found) == [f"page {n}" for n in range(7)]
        assert client.get("/tasks", params={"after": "nonsense"}).status_code == 400


def test_errors_have_a_status(service: Service, ada: dict[str, str]) -> None:
    with service.client(ada["access_token"]) as client:
        inbox = client.get("/projects").json()[0]["id"]
        task = {"title": "x", "project_id": inbox}
        for wrong, status in (
            ({**task, "project_id": str(uuid4())}, 422),
            ({**task, "title": " "}, 422),
            ({**task, "title": "x" * 501}, 422),
            ({**task, "due_time": "09:00"}, 422),
            ({**task, "version": 7}, 422),
        ):
            assert client.post("/tasks", json=wrong).status_code == status
        made = client.post("/tasks", json=task).json()
        path = f"/tasks/{made['id']}"
        for body, query, status in (
            ({"title": "y"}, {"version": 9}, 409),
            ({"status": "blocked"}, {}, 200),
            ({"status": "done"}, {}, 409),
        ):
            answer = client.patch(path, json=body, params=query)
            assert answer.status_code == status, answer.text
        assert client.get(f"/tasks/{uuid4()}").status_code == 404
        assert client.delete(f"/tasks/{uuid4()}").status_code == 404


def test_a_command_is_done_once(service: Service, ada: dict[str, str]) -> None:
    with service.client(ada["access_token"]) as client:
        inbox = client.get("/projects").json()[0]["id"]
        task = {"title": "once", "project_id": inbox}
        key = {"Idempotency-Key": str(uuid4())}
        answers = [client.post("/tasks", json=task, headers=key) for _ in range(2)]
        assert [each.status_code for each in answers] == [201, 409]
        assert answers[1].json()["title"] == "Already done"


def test_nobody_touches_another_s_rows(
    service: Service, ada: dict[str, str], ben: dict[str, str]
) -> None:
    with (
        service.client(ada["access_token"]) as hers,
        service.client(ben["access_token"]) as his,
    ):
        inbox = hers.get("/projects").json()[0]["id"]
        task = {"title": "Ada's secret", "project_id": inbox}
        path = f"/tasks/{hers.post('/tasks', json=task).json()['id']}"
        assert his.get(path).status_code == 404
        assert his.patch(path, json={"title": "mine"}).status_code == 404
        assert his.delete(path).status_code == 404
        stolen = {"title": "probe", "project_id": inbox}
        assert his.post("/tasks", json=stolen).status_code == 422
        assert "secret" not in his.get("/export").text
        assert hers.get(path).json()["title"] == "Ada's secret"


def test_a_log_in_is_continued_once_and_ended(service: Service) -> None:
    person = _person(service, "Cleo")
    with service.client() as client:
        token = {"token": person["refresh_token"]}
        first = client.post("/refresh", json=token)
        assert first.status_code == 200
        following = {"token": first.json()["refresh_token"]}
        assert client.post("/log-out", json=following).status_code == 204
        assert client.post("/refresh", json=following).status_code == 401


def test_a_refresh_token_that_was_copied_ends_the_log_in(service: Service) -> None:
    person = _person(service, "Cora")
    with service.client() as client:
        token = {"token": person["refresh_token"]}
        first = client.post("/refresh", json=token)
        assert client.post("/refresh", json=token).status_code == 401
        following = {"token": first.json()["refresh_token"]}
        assert client.post("/refresh", json=following).status_code == 401


def test_a_forgotten_password_is_set_anew(service: Service) -> None:
    person = _person(service, "Dora")
    email = {"email": person["email"]}
    with service.client() as client:
        before = service.last_mail(person["email"])
        assert client.post("/password/forgotten", json=email).status_code == 202
        while (secret := service.last_mail(person["email"])) == before:
            time.sleep(0.05)
        body = {"token": secret, "password": "another password"}
        assert client.post("/password/reset", json=body).status_code == 204
        assert client.post("/password/reset", json=body).status_code == 404
        old = {**email, "password": _PASSWORD}
        assert client.post("/log-in", json=old).status_code == 401
        new = {**email, "password": "another password"}
        assert client.post("/log-in", json=new).status_code == 200


@pytest.mark.parametrize("token", [None, "x", "x.y.z"])
def test_nobody_gets_nothing(service: Service, token: str | None) -> None:
    with service.client(token) as client:
        for path in ("/me", "/tasks", "/projects", "/export", "/dashboard"):
            assert client.get(path).status_code == 401


@pytest.mark.newest
def test_no_request_of_its_own_schema_breaks_it(
    service: Service, ben: dict[str, str], tmp_path: Path
) -> None:
    """schemathesis makes requests from the OpenAPI document, good ones and bad ones."""
    program = Path(sys.executable).with_name("schemathesis")
    done = subprocess.run(
        [
            *(str(program), "run", f"{service.address}/openapi.json"),
            *("--header", f"Authorization: Bearer {ben['access_token']}"),
            *("--checks", "not_a_server_error,response_schema_conformance"),
            *("--checks", "content_type_conformance"),
            *("--max-examples", _EXAMPLES, "--seed", "7", "--no-color"),
            *("--phases", _PHASES),
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_the_key_of_a_stranger_opens_nothing(
    service: Service, ada: dict[str, str]
) -> None:
    import jwt

    forged = jwt.encode(
        {"sub": str(UUID(int=5)), "exp": time.time() + 60}, "x" * 32, algorithm="HS256"
    )
    with service.client(forged) as client:
        assert client.get("/me").status_code == 401
