"""A person tries a tool from a page: as themselves, read-only, on the same line as every call."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from halo import facts, tool, trial
from halo.actions import service as actions
from halo.actions.vocabulary import EXTERNAL_CLIENTS
from halo.contacts.models import EndUser
from halo.flags import service as flags
from halo.ground.database import db, one_change
from halo.ground.errors import Reason
from halo.ground.principal import Member, Principal
from halo.ledger.models import ActionExecution
from halo.perform import Answered, Refusal
from halo.tool import Answer, Arguments
from halo.workspaces import members
from tests import cast


class Nothing(Arguments):
    pass


def trial_write(arguments: Nothing, *, principal: Principal) -> Answer:
    """Changes something."""
    return Answer("changed")


def trial_ruin(arguments: Nothing, *, principal: Principal) -> Answer:
    """Cannot be undone."""
    return Answer("gone")


@pytest.fixture(autouse=True)
def probes() -> Iterator[None]:
    for handler, destructive in ((trial_write, False), (trial_ruin, True)):
        tool.tool(
            title="Probe", scope="docs:read", group="docs", result=None, bound="same",
            read_only=False, destructive=destructive, idempotent=False, open_world=False,
        )(handler)  # fmt: skip
    yield
    tool.forget("trial_write")
    tool.forget("trial_ruin")


def the_member(email: str = cast.OWNER, slug: str = cast.ACME) -> Member:
    """The person as a page knows them."""
    person, workspace = cast.person(email), cast.workspace(slug)
    held = members.get(workspace.id, person.id)
    return Member(
        person_id=person.id, name=person.name, email=person.email, is_operator=False, session_id="s",
        workspace_id=workspace.id, workspace_slug=workspace.slug, workspace_name=workspace.name,
        role=held.role, permissions=members.held(held),
    )  # fmt: skip


def rows() -> list[ActionExecution]:
    db.session.rollback()  # the writer has a connection of its own, and this one has read before
    return list(db.session.scalars(select(ActionExecution).order_by(ActionExecution.id)))


def test_the_answer_is_the_persons_own_and_the_row_names_them_alone(app: Flask) -> None:
    with app.app_context():
        member = the_member()
        with one_change() as session:
            session.add(EndUser(workspace_id=member.workspace_id, email="carla@shop.test", name="Carla"))
            session.add(EndUser(workspace_id=cast.workspace(cast.UMBRA).id, email="uma@shop.test", name="Uma"))
        done = trial.run("data_search_users", {"limit": 5}, member=member)
        (row,) = rows()
    assert isinstance(done, Answered)
    assert b"carla@shop.test" in done.wire
    assert b"uma@shop.test" not in done.wire
    assert (row.caller, row.outcome, row.tool, row.method) == ("dashboard", "ok", "data_search_users", "tools/call")
    assert (row.person_id, row.client_id, row.grant_id) == (member.person_id, None, None)


@pytest.mark.parametrize(("name", "reason"), [
    ("trial_write", Reason.trial_changes), ("trial_ruin", Reason.tool_unknown), ("nothing", Reason.tool_unknown),
])  # fmt: skip
def test_what_changes_something_is_refused_and_recorded(app: Flask, name: str, reason: Reason) -> None:
    with app.app_context():
        refused = trial.run(name, {}, member=the_member())
        (row,) = rows()
    assert isinstance(refused, Refusal) and refused.reason is reason
    assert (row.caller, row.outcome, row.reason, row.tool) == ("dashboard", "refused", reason.name, name)


def test_a_person_without_the_permission_is_refused(app: Flask) -> None:
    with app.app_context():
        member = dataclasses.replace(the_member(), permissions=frozenset())
        refused = trial.run("data_search_users", {}, member=member)
    assert isinstance(refused, Refusal) and refused.reason is Reason.permission_missing


def test_what_holds_applications_back_is_not_asked_of_a_person(app: Flask) -> None:
    with app.app_context():
        flags.turn_off("mcp_server", workspace_id=cast.workspace().id, why="test", principal=None)
        acme = facts.now_of(cast.workspace().id)
        actions.switch_off(["data_search_users"], holder=EXTERNAL_CLIENTS, workspace=acme, principal=the_member())
        done = trial.run("data_search_users", {}, member=the_member())
        (row,) = rows()
    assert isinstance(done, Answered) and not done.answer.is_error
    assert (row.caller, row.outcome) == ("dashboard", "ok")


def test_trials_count_against_the_person(app: Flask) -> None:
    with app.app_context():
        member = the_member()
        done = trial.run("data_search_users", {}, member=member)
        again = trial.run("data_search_users", {}, member=member)
        other = trial.run("data_search_users", {}, member=the_member(cast.ADMIN))
    allowed = [it.allowance for it in (done, again, other) if isinstance(it, Answered) and it.allowance]
    assert {it.name for it in allowed} == {"trials_per_person"}
    left = [it.remaining for it in allowed]
    assert left[0] - left[1] == 1
    assert left[2] == left[0]
