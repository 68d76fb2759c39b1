"""The demo shop is a server like those of others: Halo's client speaks with it in both eras."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import ThreadingHTTPServer

import pytest

from halo.demo import shop
from halo.ground.errors import UpstreamFailed
from halo.servers import content, sanitising
from halo.servers.client import Address, Conversation, Upstream
from tests.servers.upstream import LEGACY, LOOPBACK, MODERN
from tests.support.listening import listening


@pytest.fixture(params=[MODERN, LEGACY])
def talk(request: pytest.FixtureRequest) -> Iterator[Conversation]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), shop.Shop)
    with listening(server):
        upstream = Upstream(
            Address(f"http://127.0.0.1:{server.server_address[1]}/mcp", LOOPBACK), version=request.param
        )
        with upstream.conversation(None, seconds=10) as talk:
            yield talk


def test_its_tools_are_listed_and_good(talk: Conversation) -> None:
    tools = talk.tools().tools
    assert [tool["name"] for tool in tools] == ["find_orders", "shipping_rates", "refund_order"]
    assert [sanitising.reason_against(tool) for tool in tools] == [None] * 3


def test_a_customer_has_orders_and_always_the_same(talk: Conversation) -> None:
    answers = [talk.call("find_orders", {"email": said}) for said in ("Jo@customer.test", "jo@customer.test ")]
    assert answers[0]["structuredContent"] == answers[1]["structuredContent"]
    answer = content.answer(answers[0], None)
    assert answer.data["orders"] and answer.text.startswith("SH-")  # type: ignore[index]


def test_what_does_not_fit_is_said_as_a_result_and_what_is_not_there_as_an_error(talk: Conversation) -> None:
    refused = content.answer(talk.call("shipping_rates", {"country": "DE", "weight_kg": 31}), None)
    assert (refused.is_error, refused.text) == (True, "weight_kg is more than 0 and at most 30.")
    assert content.answer(talk.call("find_orders", {}), None).text == "email is missing."
    with pytest.raises(UpstreamFailed):
        talk.call("steal_orders", {})


def test_a_client_that_knows_nothing_of_it_finds_the_modern_era() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), shop.Shop)
    with listening(server):
        upstream = Upstream(Address(f"http://127.0.0.1:{server.server_address[1]}/mcp", LOOPBACK))
        with upstream.conversation(None, seconds=10) as talk:
            welcome = talk.welcome()
    assert (welcome.version, welcome.name) == (MODERN, "Demo shop")
