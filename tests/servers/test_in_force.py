"""What is decided of a server and its tools is in force on the next call, each with its own reason."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from halo.ground.errors import Reason
from halo.ground.modes import Mode
from halo.perform import Answered, Refusal
from halo.servers import connecting, credentials, reviewing
from tests import cast
from tests.external.scripts import REFUND, find_orders, shop
from tests.servers.connected import JANE, a_person, an_agent, answered, call, last_row, set_flag, set_mode
from tests.servers.desk import connected, member, relist, tools
from tests.servers.upstream import Answer, Theirs, modern, theirs
from tests.support.agents import AGENT, an_agent_run

NAME = "shop__find_orders"
FITS = {"email": "ana@a.test"}


pytestmark = pytest.mark.usefixtures("inside")


def run(**columns: Any) -> Any:
    """The agent in another turn, with what holds now."""
    return an_agent_run(**({"customer": JANE} | columns))


def refused(arguments: dict[str, Any] | None = None, **columns: Any) -> Reason:
    done = call(run(**columns), NAME, FITS if arguments is None else arguments)
    assert isinstance(done, Refusal), done
    return done.reason


def public(url: str, **fields: Any) -> None:
    connected(url, **fields)
    reviewing.sort("shop", "find_orders", "public", principal=member())
    an_agent(NAME)


def calls(server: Theirs) -> list[dict[str, Any]]:
    return [asked.body["params"]["arguments"] for asked in server.asked if asked.rpc == "tools/call"]


def test_each_way_to_stop_a_tool_holds_on_the_next_call_and_says_which(upstream: Theirs) -> None:
    connected(upstream.url)
    acme, who = cast.workspace().id, member()
    assert refused() is Reason.toggle_off, "everything starts never"
    set_mode(AGENT, NAME, Mode.AUTO)
    assert refused() is Reason.tool_unsorted
    reviewing.sort("shop", "find_orders", "public", principal=who)
    assert answered(run(), NAME, FITS)
    set_mode(AGENT, NAME, Mode.NEVER)
    assert refused() is Reason.toggle_off
    set_mode(AGENT, NAME, Mode.ASK)
    assert refused() is Reason.approval_wanted
    set_mode(AGENT, NAME, Mode.AUTO)
    connecting.change("shop", {"is_on": False}, principal=who)
    assert refused() is Reason.integration_actions_off
    connecting.change("shop", {"is_on": True}, principal=who)
    set_flag(acme, is_on=False)
    assert refused() is Reason.external_servers_off
    set_flag(acme, is_on=True)
    reviewing.classify("shop", "find_orders", "destructive", principal=who)
    assert refused() is Reason.approval_wanted
    reviewing.classify("shop", "find_orders", "", principal=who)
    assert answered(run(), NAME, FITS)
    connecting.disconnect("shop", principal=who)
    assert refused() is Reason.tool_unknown
    assert len(calls(upstream)) == 2, "what was refused never left the house"


def test_a_customers_tool_is_filled_with_who_they_are_and_refused_to_who_proved_nothing(upstream: Theirs) -> None:
    connected(upstream.url)
    reviewing.sort("shop", "find_orders", "customers", {"email": "email"}, principal=member())
    an_agent(NAME)
    assert answered(run(), NAME, {"limit": 3})
    assert calls(upstream) == [{"limit": 3, "email": JANE.email}]
    assert refused({}, customer=an_agent_run().customer) is Reason.customer_unproven
    reviewing.sort("shop", "find_orders", "customers", {"email": "company_id"}, principal=member())
    assert refused({}) is Reason.customer_incomplete
    assert len(calls(upstream)) == 1


def test_a_changed_tool_is_called_as_it_was_until_somebody_accepts(upstream: Theirs) -> None:
    public(upstream.url)
    first = answered(run(), NAME, FITS | {"limit": 40}) and last_row().definition
    narrowed = find_orders()
    narrowed["inputSchema"]["properties"]["limit"]["maximum"] = 10
    relist(upstream, narrowed, REFUND)
    assert answered(run(), NAME, FITS | {"limit": 40}) and last_row().definition == first
    reviewing.accept("shop", ["find_orders"], principal=member())
    assert "accepted: a number of at most 10" in answered(run(), NAME, FITS | {"limit": 40}).answer.text
    assert answered(run(), NAME, FITS | {"limit": 4}) and last_row().definition != first
    digest = reviewing.earlier(tools()["find_orders"].row)[0]
    reviewing.roll_back("shop", "find_orders", digest, principal=member())
    assert answered(run(), NAME, FITS | {"limit": 40}) and last_row().definition == first


def test_a_tool_that_its_server_lists_no_more_is_not_asked_for(upstream: Theirs) -> None:
    public(upstream.url)
    relist(upstream, REFUND)
    done = call(run(), NAME, FITS)
    assert isinstance(done, Answered) and done.answer.is_error and "lists this tool no more" in done.answer.text
    assert not calls(upstream)


def test_a_new_tool_is_no_tool_before_somebody_accepts_it(upstream: Theirs) -> None:
    public(upstream.url)
    relist(upstream, find_orders(), REFUND, find_orders(name="track"))
    assert isinstance(done := call(a_person(), "shop__track", FITS), Refusal) and done.reason is Reason.tool_unknown
    reviewing.accept("shop", ["track"], principal=member())
    assert answered(a_person(), "shop__track", FITS)
    an_agent("shop__track")
    assert isinstance(done := call(run(), "shop__track", FITS), Refusal) and done.reason is Reason.tool_unsorted


def test_a_dead_sign_in_is_told_until_somebody_gives_other_credentials(app: Flask) -> None:
    good = ["one"]

    def behaves(asked: Any) -> Answer:
        is_known = asked.headers.get("Authorization") == f"Bearer {good[0]}"
        return modern(asked, [find_orders()]) if is_known else Answer(status=401)

    with theirs(behaves) as server:
        public(server.url, auth_method="bearer", credentials={"token": "one"})
        assert answered(run(), NAME, FITS)
        found = connecting.get("shop", principal=member())
        credentials.forget(found)
        assert refused() is Reason.integration_signed_out
        good[0] = "two"
        connecting.change("shop", {"credentials": {"token": "two"}}, principal=member())
        assert answered(run(), NAME, FITS)
        assert calls(server) == [FITS, FITS]


def test_tools_of_equal_names_in_two_workspaces_are_two(upstream: Theirs) -> None:
    with shop() as theirs_:
        una = member(cast.STRANGER, cast.UMBRA)
        public(upstream.url)
        connecting.connect(connecting.Wanted(name="Shop", slug="shop", url=theirs_.url), principal=una)
        reviewing.sort("shop", "find_orders", "public", principal=una)
        an_agent(NAME, slug=cast.UMBRA)
        assert answered(run(), NAME, FITS | {"limit": 1})
        assert answered(an_agent_run(cast.UMBRA, customer=JANE), NAME, FITS | {"limit": 2})
        connecting.disconnect("shop", principal=una)
        assert answered(run(), NAME, FITS | {"limit": 3})
        assert [it["limit"] for it in calls(upstream)] == [1, 3] and [it["limit"] for it in calls(theirs_)] == [2]
