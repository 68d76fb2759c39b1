"""What the call path knows of a workspace: switches of every holder, and what slices above hand in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from halo import facts, tool
from halo.actions.models import ActionSwitch
from halo.facts import FactsPart
from halo.ground.database import one_change
from halo.ground.modes import Mode
from halo.ground.principal import WorkspaceFacts
from halo.ledger import changes
from tests import cast

SAID: dict[str, FactsPart] = {}


@pytest.fixture
def loader() -> Iterator[None]:
    facts.register("fixture", lambda workspace_id: SAID.get(workspace_id, FactsPart()))
    yield
    facts.forget("fixture")
    SAID.clear()


def of_workspace(slug: str = cast.ACME) -> WorkspaceFacts:
    workspace_id = cast.workspace(slug).id
    return facts.of(workspace_id, facts.version_of(workspace_id))


def switch(holder: str, action: str, mode: Mode, slug: str = cast.ACME) -> None:
    workspace_id = cast.workspace(slug).id
    kept = Mode.AUTO if mode is Mode.NEVER else mode
    with one_change() as rows:
        rows.add(
            ActionSwitch(
                workspace_id=workspace_id, holder=holder, action=action, is_on=mode is not Mode.NEVER, mode=kept.value
            )
        )
        changes.raise_version(workspace_id)


def test_every_holder_has_its_own_modes_and_starts_as_its_kind_does(app: Flask) -> None:
    with app.app_context():
        switch("external_clients", "search_docs", Mode.NEVER)
        switch("agent-1", "search_docs", Mode.ASK)
        switch("agent-1", "read_doc", Mode.AUTO, cast.UMBRA)
        held = of_workspace()
    holders = ("external_clients", "agent-1", "agent-2")

    def modes_of(name: str) -> list[Mode]:
        return [held.mode_of(it, name, tool.find(name).starts(it)) for it in holders]

    assert modes_of("search_docs") == [Mode.NEVER, Mode.ASK, Mode.NEVER]
    assert modes_of("read_doc") == [Mode.AUTO, Mode.NEVER, Mode.NEVER]


def test_what_slices_above_know_is_theirs_to_hand_in_for_each_workspace(app: Flask, loader: None) -> None:
    with app.app_context():
        before = of_workspace()
        acme = cast.workspace().id
        SAID[acme] = FactsPart({"hubspot": "connected", "stripe": "sign_in_needed"}, "tools-1")
        with one_change():
            changes.raise_version(acme)
        first, next_door = of_workspace(), of_workspace(cast.UMBRA)
        SAID[acme] = FactsPart({"hubspot": "actions_off"}, "tools-2")
        with one_change():
            changes.raise_version(acme)
        second = of_workspace()
    assert (before.integrations, before.catalogue) == ({}, "")
    assert first.integrations == {"hubspot": "connected", "stripe": "sign_in_needed"}
    assert second.integrations == {"hubspot": "actions_off"}
    assert len({before.catalogue, first.catalogue, second.catalogue}) == 3
    assert (next_door.integrations, next_door.catalogue) == ({}, "")
