"""What rooms must be told by those above them is told in `halo/wiring.py`."""

from __future__ import annotations

from importlib import import_module

from halo import wiring
from halo.health import doctor
from halo.ledger import reverts
from halo.workspaces import holdings
from tests.law.test_imports import modules


def test_every_table_of_reverts_is_registered() -> None:
    wiring.wire()
    tables = [name for name in modules() if name.endswith(".reverts") and name != "ledger.reverts"]
    assert len(tables) >= 4
    for name in tables:
        missing = set(import_module(f"halo.{name}").REVERTS) - reverts.revertible()
        assert not missing, f"tell the ledger of halo/{name.replace('.', '/')}.py in halo/wiring.py"


def test_what_is_told_twice_counts_once() -> None:
    wiring.wire()
    told = len(holdings._kinds), len(doctor._checks)
    wiring.wire()
    assert (len(holdings._kinds), len(doctor._checks)) == told
