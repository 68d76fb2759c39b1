"""What is decided of an agent in one process holds in every other from the next call on, each with its own reason."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from halo import facts
from halo.actions import service as actions
from halo.agents import holding, service
from halo.agents.models import Agent
from halo.agents.service import WantedAgent
from halo.ground.modes import Mode
from halo.perform import Refusal, perform
from tests import factories
from tests.spine.test_trial import the_member

NAME = "search_docs"
LIVE, PAUSED = WantedAgent("Support", status="live"), WantedAgent("Support", status="paused")


def found(agent_id: str) -> Agent:
    return service.get(agent_id, principal=the_member())


def switched(agent_id: str, mode: Mode) -> None:
    agent = found(agent_id)
    here = facts.now_of(agent.workspace_id)
    actions.set_mode([NAME], mode, holder=holding.holder(agent), workspace=here, principal=the_member())


DECIDED: dict[str, tuple[Callable[[str], object], Callable[[str], object]]] = {
    "agent_paused": (
        lambda agent: service.change(agent, PAUSED, principal=the_member()),
        lambda agent: service.change(agent, LIVE, principal=the_member()),
    ),
    "agent_archived": (
        lambda agent: service.archive(agent, principal=the_member()),
        lambda agent: service.restore(agent, principal=the_member()),
    ),
    "toggle_off": (lambda agent: switched(agent, Mode.NEVER), lambda agent: switched(agent, Mode.AUTO)),
    "approval_wanted": (lambda agent: switched(agent, Mode.ASK), lambda agent: switched(agent, Mode.AUTO)),
}
"""Reason of the refusal -> what is done here, and how it is taken back."""


@pytest.mark.parametrize("reason", DECIDED)
def test_it_holds_in_the_other_process_from_the_next_call(make_app: Callable[..., Flask], reason: str) -> None:
    here, there = make_app(), make_app()
    with here.app_context():
        agent = service.create(LIVE, principal=the_member()).id
        switched(agent, Mode.AUTO)

    def said() -> str:
        with there.app_context():
            run = holding.run_of(found(agent))
            done = perform(NAME, {"query": "consent"}, principal=run, context=factories.a_context())
            return done.reason.name if isinstance(done, Refusal) else "answered"

    decide, take_back = DECIDED[reason]
    heard = [said()]
    for step in (decide, take_back):
        with here.app_context():
            step(agent)
        heard.append(said())
    assert heard == ["answered", reason, "answered"]
