"""The name of a pooler leads to its server's, and back."""

from __future__ import annotations

import pytest

from tools.postgres.neon import direct, pooled

OWN = "ep-cool-1.eu-central-1.aws.neon.tech"
POOLER = "ep-cool-1-pooler.eu-central-1.aws.neon.tech"


@pytest.mark.parametrize("host", [OWN, POOLER])
def test_both_names_lead_to_both(host: str) -> None:
    assert direct(host) == OWN
    assert pooled(host) == POOLER


@pytest.mark.parametrize("host", ["", "localhost", "/run/x-pooler.d", "db.pooler.org"])
def test_other_hosts_stay(host: str) -> None:
    assert direct(host) == host
    assert pooled(host) == host
