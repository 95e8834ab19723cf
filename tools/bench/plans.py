"""What each query of the mix touches and takes in spaces of every size.

Asked as the app's role. Runs of several scales, one beside the other, show what grows.
"""

from __future__ import annotations

import statistics
from typing import Any
from uuid import UUID

from tools.bench.loading import OURS
from tools.bench.place import Place, buffers, explain
from tools.bench.systems import parts

_TIMES = 5


def measure(place: Place) -> dict[str, dict[str, Any]]:
    """Give buffers and milliseconds (planning included) of each query and space."""
    world = place.world
    spaces = {
        "largest": world.large,
        "middle": world.middle,
        "typical": world.typical,
        "empty": world.empty,
    }
    found: dict[str, dict[str, Any]] = {}
    for space, who in spaces.items():
        values = place.values(OURS, who)
        user_id = values["user_id"]
        assert isinstance(user_id, UUID)  # noqa: S101 - as `values` gives it
        with place.acting(OURS, user_id) as connection:
            for name, text in parts(OURS).queries.items():
                plans = []
                for _ in range(_TIMES):
                    with connection.transaction(force_rollback=True):
                        plans.append(explain(connection, text, values))
                times = [p["Planning Time"] + p["Execution Time"] for p in plans]
                found.setdefault(name, {})[space] = {
                    "size": world.sizes[who],
                    "buffers": buffers(plans[-1]),
                    "ms": round(statistics.median(times), 3),
                }
    return found
