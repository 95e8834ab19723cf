"""A database without its rows, made anew in a cluster where nothing is yet."""

from __future__ import annotations

import re
import subprocess
import tempfile
from typing import Final

from tools.catalog.pgdump import OTHERS
from tools.catalog.reader import connect
from tools.console import Failure
from tools.postgres import databases
from tools.postgres.binaries import find_bin
from tools.postgres.cluster import Cluster
from tools.postgres.os_user import environment
from tools.postgres.target import describe, libpq_url

# Commands of psql that an older one does not know, and that say nothing.
_META: Final = re.compile(r"^\\(un)?restrict .*\n?", re.MULTILINE)


def copy_schema(url: str, cluster: Cluster) -> str:
    """Make what is at *url* in *cluster*: roles without passwords, schema, no rows.

    What cannot be made there, such as an extension of the host's, is left out.

    Returns:
        The name of the database, which is that of the original.

    Raises:
        Failure: it cannot be read.
    """
    address, programs = libpq_url(url), find_bin()
    with connect(url) as connection:
        name = connection.info.dbname
        ((owner,),) = connection.execute(
            "select pg_get_userbyid(datdba)::text from pg_database"
            " where datname = current_database()"
        )
    left_out = [f"--exclude-schema={schema}" for schema in OTHERS]
    roles = [str(programs / "pg_dumpall"), "--roles-only", "--no-role-passwords"]
    schema = [str(programs / "pg_dump"), "--schema-only", "--create", *left_out]
    _run(cluster, _printed([*roles, "--dbname", address], url))
    databases.create(cluster.url(), name, owner=owner)
    _run(cluster, _printed([*schema, "--dbname", address], url))
    return name


def _printed(command: list[str], url: str) -> str:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        env=environment(),
    )
    if done.returncode:
        told = done.stderr.decode(errors="replace").strip()
        raise Failure(
            f"the database cannot be copied: {told[:300]}",
            where=describe(url),
            next="as a role that may read all of it",
        )
    return _META.sub("", done.stdout.decode())  # no line end is changed


def _run(cluster: Cluster, text: str) -> None:
    """Run *text*, past its errors."""
    with tempfile.NamedTemporaryFile(suffix=".sql") as file:
        file.write(text.encode())
        file.flush()
        cluster.psql("-q", "-v", "ON_ERROR_STOP=0", "-f", file.name)
