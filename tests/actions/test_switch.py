"""Switches of external clients: what is off is neither listed nor callable from the next call on, and only here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

import halo.tools  # noqa: F401 - fills the registry
from halo import authenticate, facts, gate, tool
from halo.actions import service
from halo.actions.vocabulary import EXTERNAL_CLIENTS, Holder
from halo.audit import history
from halo.ground.errors import Denied, Mistake, NotFound, Reason
from halo.ground.modes import Mode
from halo.ground.permissions import Permission
from halo.ground.principal import Client, Member, WorkspaceFacts
from tests import cast, factories

NAME = "data_search_tickets"


@pytest.fixture
def inside(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def a_member(email: str = cast.OWNER, slug: str = cast.ACME, *held: Permission) -> Member:
    person, workspace = cast.person(email), cast.workspace(slug)
    words = frozenset(held or Permission)
    return Member(person.id, person.name, email, False, "session", workspace.id, slug, workspace.name, None, words)


def acme() -> WorkspaceFacts:
    return facts.now_of(cast.workspace().id)


def names_of(client: Client) -> set[str]:
    return {it.name for it in gate.listed(client)}


def off(*names: str, principal: Member | None = None) -> dict[str, Mode]:
    return service.switch_off(names, holder=EXTERNAL_CLIENTS, workspace=acme(), principal=principal or a_member())


@pytest.mark.usefixtures("inside")
def test_the_next_call_is_refused_and_the_next_list_is_shorter() -> None:
    token = factories.a_token()
    before = names_of(authenticate.by_bearer(token))
    assert off(NAME) == {NAME: Mode.AUTO}
    client = authenticate.by_bearer(token)
    assert names_of(client) == before - {NAME}
    with pytest.raises(Denied) as refused:
        gate.admit_call(client, NAME)
    assert refused.value.reason is Reason.toggle_off
    assert service.switch_on([NAME], holder=EXTERNAL_CLIENTS, workspace=acme(), principal=a_member()) == {
        NAME: Mode.NEVER
    }
    assert names_of(authenticate.by_bearer(token)) == before


@pytest.mark.usefixtures("inside")
def test_other_workspaces_keep_theirs() -> None:
    off(NAME)
    there = factories.a_caller(person=cast.STRANGER, workspace=cast.UMBRA)
    assert NAME in names_of(there)
    assert service.modes_of(EXTERNAL_CLIENTS, there.workspace)[NAME] is Mode.AUTO


@pytest.mark.usefixtures("inside")
def test_each_changed_switch_has_a_row_in_the_history_and_an_unchanged_one_has_none() -> None:
    off(NAME)
    assert off(NAME, "read_doc") == {"read_doc": Mode.AUTO}
    (row,) = history.of_subject(cast.workspace().id, "action", f"external_clients:{NAME}")
    assert (row.event, row.by) == ("action.switched_off", cast.OWNER)
    assert (row.before, row.after) == ({"mode": "auto"}, {"mode": "never"})


@pytest.mark.usefixtures("inside")
def test_who_may_not_edit_agents_switches_nothing() -> None:
    with pytest.raises(Denied) as refused:
        off(NAME, principal=a_member(cast.VIEWER, cast.ACME, Permission.AGENTS_VIEW))
    assert refused.value.reason is Reason.permission_missing
    assert service.modes_of(EXTERNAL_CLIENTS, acme())[NAME] is Mode.AUTO


@pytest.mark.usefixtures("inside")
def test_a_destructive_tool_has_no_switch_for_external_clients() -> None:
    tool.register(replace(tool.every()[0], name="stripe_refund", destructive=True, read_only=False))
    try:
        assert [it.name for it in service.withheld(EXTERNAL_CLIENTS, acme())] == ["stripe_refund"]
        with pytest.raises(NotFound):
            service.switch_on(["stripe_refund"], holder=EXTERNAL_CLIENTS, workspace=acme(), principal=a_member())
    finally:
        tool.forget("stripe_refund")


@pytest.mark.usefixtures("inside")
def test_nobody_can_be_asked_on_behalf_of_external_clients() -> None:
    with pytest.raises(Mistake):
        service.set_mode([NAME], Mode.ASK, holder=EXTERNAL_CLIENTS, workspace=acme(), principal=a_member())


@pytest.mark.usefixtures("inside")
def test_an_agent_starts_with_nothing_and_may_be_told_to_ask() -> None:
    agent = Holder("01900000-0000-7000-8000-000000000000", "Billing agent", tuple(Mode))
    assert set(service.modes_of(agent, acme()).values()) == {Mode.NEVER}
    service.set_mode([NAME], Mode.ASK, holder=agent, workspace=acme(), principal=a_member())
    assert service.modes_of(agent, acme())[NAME] is Mode.ASK
    assert NAME in names_of(factories.a_caller())


def test_private_data_with_a_way_out_is_a_risk_and_either_alone_is_none() -> None:
    reads = tool.find(NAME)
    assert reads is not None
    roams = replace(reads, name="data_web_fetch", title="Fetch a web page", scope="docs:read", open_world=True)
    assert service.risk([reads]) == ""
    assert service.risk([roams]) == ""
    assert "Fetch a web page" in service.risk([reads, roams])
