"""Servers as others build and start them: Halo's client speaks with each, and finds its way back after a restart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from halo.ground import outbound
from halo.ground.errors import UpstreamFailed
from halo.servers import authorization, content, discovery, lock, sanitising, tokens
from halo.servers.authorization import Us
from halo.servers.client import Address, Conversation, Listed, Upstream
from halo.servers.failures import NeedsSignIn
from halo.servers.lock import State
from halo.servers.tokens import SignInRefused
from halo.tool import Answer
from tests.servers.real import Real
from tests.servers.upstream import LEGACY, LOOPBACK, MODERN
from tests.support.live import LiveServer
from tests.support.person import Person

EVERYTHING = {
    "echo", "get-annotated-message", "get-env", "get-resource-links", "get-resource-reference",
    "get-structured-content", "get-sum", "get-tiny-image", "gzip-file-as-resource", "simulate-research-query",
    "toggle-simulated-logging", "toggle-subscriber-updates", "trigger-long-running-operation",
}  # fmt: skip
SDKS = ("1.30.0", "2")
WITH_SESSION, WITHOUT = 0, 1


def saying(upstream: Upstream, what: Callable[[Conversation], Any], seconds: float = 60) -> Any:
    with upstream.conversation(None, seconds=seconds) as talk:
        return what(talk)


def listed(upstream: Upstream) -> Listed:
    found: Listed = saying(upstream, Conversation.tools)
    return found


def call(upstream: Upstream, name: str, **arguments: Any) -> Answer:
    """The answer as a model gets it, its data held against the schema that the server lists."""
    tool = next(tool for tool in listed(upstream).tools if tool["name"] == name)
    promised = sanitising.checker(tool["outputSchema"]) if "outputSchema" in tool else None
    result = saying(upstream, lambda talk: talk.call(name, arguments, tool["inputSchema"]))
    return content.answer(result, promised)


def session_of(upstream: Upstream) -> str:
    return saying(upstream, lambda talk: upstream.session(talk.line).id)  # type: ignore[no-any-return]


def test_the_server_of_everything_is_listed_and_called(servers: dict[str, Real]) -> None:
    upstream = servers["everything"].upstream()
    welcome = saying(upstream, Conversation.welcome)
    assert (welcome.version, welcome.name) == (LEGACY, "Everything Reference Server")
    assert welcome.instructions
    assert {tool["name"] for tool in listed(upstream).tools} == EVERYTHING
    assert call(upstream, "echo", message="Grüße").text == "Echo: Grüße"
    assert "is 5" in call(upstream, "get-sum", a=2, b=3).text
    weather = call(upstream, "get-structured-content", location="New York").data
    assert weather is not None and set(weather) == {"temperature", "conditions", "humidity"}
    kinds = [block["type"] for block in call(upstream, "get-tiny-image").content or ()]
    assert kinds == ["text", "image", "text"]
    links = call(upstream, "get-resource-links", count=2).content or ()
    assert [block["type"] for block in links] == ["text", "resource_link", "resource_link"]
    resource = call(upstream, "get-resource-reference", resourceType="Text", resourceId=1).content or ()
    assert "resource" in [block["type"] for block in resource]
    slow = call(upstream, "trigger-long-running-operation", duration=0.1, steps=2)  # tells its progress meanwhile
    assert "completed" in slow.text
    assert call(upstream, "get-sum", a="two").is_error


def test_a_tool_of_everything_that_runs_only_as_a_task_is_set_apart_with_a_sentence(servers: dict[str, Real]) -> None:
    upstream = servers["everything"].upstream(version=LEGACY)
    reasons = {tool["name"]: sanitising.reason_against(tool) for tool in listed(upstream).tools}
    assert {name for name, reason in reasons.items() if reason} == {"simulate-research-query"}
    assert reasons["simulate-research-query"] == "It runs only as a task, which Halo does not follow."
    assert call(upstream, "simulate-research-query", topic="tasks").is_error


def test_everything_that_was_restarted_between_two_calls_gets_a_new_session(servers: dict[str, Real]) -> None:
    """It answers 400 where the specification says 404."""
    server = servers["everything"]
    upstream = server.upstream(version=LEGACY)
    assert call(upstream, "echo", message="before").text == "Echo: before"
    first = session_of(upstream)
    assert session_of(upstream) == first
    server.restart()
    assert call(upstream, "echo", message="after").text == "Echo: after"
    assert session_of(upstream) not in ("", first)
    upstream.close(None, seconds=60)
    assert call(upstream, "echo", message="anew").text == "Echo: anew"


@pytest.mark.parametrize("sdk", SDKS)
@pytest.mark.parametrize("manner", [WITH_SESSION, WITHOUT])
def test_a_server_on_an_sdk_is_listed_and_called_in_every_manner(
    servers: dict[str, Real], sdk: str, manner: int
) -> None:
    newest = MODERN if sdk == "2" else LEGACY
    for known in {"", newest, LEGACY}:
        upstream = servers[sdk].upstream(manner, known)
        tools = {tool["name"]: tool for tool in listed(upstream).tools}
        assert upstream.version == (known or newest)
        assert set(tools) == {"add", "stock", "count_slowly", "order", "fail"}
        assert not [name for name, tool in tools.items() if sanitising.reason_against(tool)]
        assert tools["add"]["annotations"]["readOnlyHint"] is True
        assert call(upstream, "add", a=2, b=3).data == {"result": 5}
        assert call(upstream, "stock", item="lamp").data == {"item": "lamp", "count": 4}
        assert call(upstream, "count_slowly", to=5).text == "counted to 5"
        assert call(upstream, "fail").is_error
        assert call(upstream, "add", a="two").is_error
        if upstream.version == LEGACY:
            assert bool(session_of(upstream)) == (manner == WITH_SESSION)


def test_a_tool_that_asks_its_caller_back_ends_at_once(servers: dict[str, Real]) -> None:
    for manner in (WITH_SESSION, WITHOUT):
        with pytest.raises(UpstreamFailed, match="The server refused it"):
            call(servers["2"].upstream(manner), "order", item="shirt")
    assert call(servers["1.30.0"].upstream(WITH_SESSION), "order", item="shirt").is_error


def test_a_tool_that_waits_for_ever_ends_with_the_time_of_the_call(servers: dict[str, Real]) -> None:
    """What this SDK does where it cannot ask back."""
    upstream = servers["1.30.0"].upstream(WITHOUT, LEGACY)
    with pytest.raises(UpstreamFailed):
        saying(upstream, lambda talk: talk.call("order", {"item": "shirt"}), seconds=0.5)
    assert call(upstream, "add", a=1, b=1).data == {"result": 2}


@pytest.mark.parametrize("sdk", SDKS)
def test_a_server_whose_owner_worked_on_it_is_found_again_and_what_changed_is_held(
    servers: dict[str, Real], sdk: str
) -> None:
    """It answers 404 to the session that it lost."""
    server = servers[sdk]
    upstreams = [server.upstream(manner, LEGACY) for manner in (WITH_SESSION, WITHOUT)]
    accepted = [[lock.definition(tool) for tool in listed(upstream).tools] for upstream in upstreams]
    server.restart("changed")
    for upstream, before in zip(upstreams, accepted, strict=True):
        assert call(upstream, "add", a=2, b=3).data == {"result": 5}
        after = [lock.definition(tool) for tool in listed(upstream).tools]
        held = {it.name: it.state for it in lock.compared(before, after) if it.is_held}
        assert held == {"stock": State.changed}
        assert call(upstream, "stock", item="lamp").is_error
    server.restart()
    for upstream, before in zip(upstreams, accepted, strict=True):
        assert not [it for it in lock.compared(before, map(lock.definition, listed(upstream).tools)) if it.is_held]


@pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)
def test_a_server_behind_our_own_authorization_server_is_signed_in_at_called_refreshed_and_left(
    live_server: LiveServer,
) -> None:
    """Another Halo: discovery, registration, consent, tokens, and its end."""
    callback = "http://127.0.0.1:8000/integrations/mcp/callback"
    upstream = Upstream(Address(live_server.mcp_url, LOOPBACK))
    with pytest.raises(NeedsSignIn) as refused:
        listed(upstream)
    told = discovery.challenge(refused.value.challenge)
    with outbound.under(LOOPBACK, 60), Person() as person:
        place = discovery.find(live_server.mcp_url, told)
        address, pending = authorization.begun(place, told, us=Us(callback, None))
        came_back = httpx.URL(person.allow(address)).params
        held = authorization.finished(pending, came_back, callback=callback)
        fresh = tokens.refreshed(pending.token_endpoint, pending.client, held, pending.resource)
    for each in (held, fresh):
        with upstream.conversation(f"Bearer {each.access}", seconds=60) as talk:
            assert "search_docs" in {tool["name"] for tool in talk.tools().tools}
            assert "Scopes" in content.answer(talk.call("search_docs", {"query": "scopes"}), None).text
    assert upstream.version == MODERN
    with outbound.under(LOOPBACK, 60):
        assert tokens.revoke(pending.revocation_endpoint, pending.client, fresh)
        with pytest.raises(SignInRefused):
            tokens.refreshed(pending.token_endpoint, pending.client, fresh, pending.resource)
    with pytest.raises(NeedsSignIn), upstream.conversation(f"Bearer {fresh.access}", seconds=60) as talk:
        talk.tools()
