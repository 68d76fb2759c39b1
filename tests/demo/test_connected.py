"""The demo shop as Acme has connected it: what runs beside Halo is what was planted, locked, and used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import ThreadingHTTPServer
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from halo import facts, gate
from halo.agents import holding
from halo.agents.models import Agent
from halo.demo import agents, connected, customers, shop
from halo.demo.world import Sizes, World
from halo.ground import settings
from halo.ground.database import db, now, one_change
from halo.ground.errors import Reason
from halo.ground.principal import NOBODY, AgentRun, Customer, Nobody
from halo.ledger.models import ActionExecution, Change
from halo.perform import Answered, Refusal, perform
from halo.serve.start import move_shop
from halo.servers import listing, loading, snapshot
from halo.servers.models import Server, ServerTool
from tests import cast, factories
from tests.spine.test_trial import the_member
from tests.support.listening import listening


@pytest.fixture
def running() -> Iterator[int]:
    """The shop as `make run` starts it; its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), shop.Shop)
    with listening(server):
        yield server.server_address[1]


@pytest.fixture
def planted(make_app: Callable[..., Flask], running: int) -> Iterator[int]:
    """Acme with its agents and its shop; how many rows that were."""
    app = make_app(shop_port=running, allow_private_addresses=True)
    with app.app_context():
        agents.plant(cast.workspace(), _world(), now())
        yield connected.plant(cast.workspace(), _world(), now())


def _world() -> World:
    world = World("halo-demo-test", now(), cast.workspace().id)
    customers.make(world, Sizes(3, 9, 2, 0, 0, 0))
    return world


def support(customer: Customer | Nobody = NOBODY) -> AgentRun:
    agent = db.session.scalars(select(Agent).where(Agent.name == "Support")).one()
    return holding.run_of(agent, customer=customer)


def call(run: AgentRun, name: str, **arguments: Any) -> Answered | Refusal:
    return perform(name, arguments, principal=run, context=factories.a_context())


def tools() -> dict[str, ServerTool]:
    return {row.name: row for row in loading.tools(db.session.scalars(select(Server)).one())}


def test_what_runs_is_what_was_planted_and_one_change_of_it_is_held(planted: int) -> None:
    assert planted > 20
    assert [name for name, row in tools().items() if snapshot.is_held(row)] == ["shipping_rates"]
    found = listing.refresh("shop", principal=the_member())
    assert (found.listed, found.found) == (3, {})
    held = loading.definitions(cast.workspace().id, [row.listed for row in tools().values()])
    assert {it["name"]: it for it in held.values()} == {name: it.definition for name, it in shop.TOOLS.items()}


def test_orders_are_those_of_the_customer_who_is_proven_and_of_nobody_else(planted: int) -> None:
    jo = Customer("somebody", None, "jo@customer.test", None)
    done = call(support(jo), connected.FIND)
    assert isinstance(done, Answered) and not done.answer.is_error
    assert done.answer.data == {"orders": shop.orders_of("jo@customer.test")}
    (shown,) = [it for it in gate.listed(support(jo)) if it.name == connected.FIND]
    assert "email" not in shown.definition(bound=True)["inputSchema"]["properties"]
    refused = call(support(), connected.FIND)
    assert isinstance(refused, Refusal) and refused.reason is Reason.customer_unproven


def test_rates_are_for_everybody_on_the_definition_that_was_accepted(planted: int) -> None:
    done = call(support(), connected.RATES, country="DE")
    assert isinstance(done, Answered) and done.answer.data == {"rates": shop.rates_of("DE", 1)}
    newer = call(support(), connected.RATES, country="DE", weight_kg=4)
    assert isinstance(newer, Answered) and newer.answer.is_error and "weight_kg" in newer.answer.text


def test_a_refund_is_destructive_and_withheld(planted: int) -> None:
    refused = call(support(), connected.REFUND, order="SH-10000")
    assert isinstance(refused, Refusal) and refused.reason is Reason.toggle_off
    row = tools()["refund_order"]
    assert row.accepted == row.listed and not row.classified


def test_its_use_stands_in_the_log_and_none_of_it_before_it_was_connected(planted: int) -> None:
    rows = list(db.session.scalars(select(ActionExecution).where(ActionExecution.tool.startswith("shop__"))))
    server = db.session.scalars(select(Server)).one()
    assert {row.tool for row in rows} == {connected.FIND, connected.RATES, connected.REFUND}
    assert {row.server_id for row in rows if row.outcome == "ok"} == {server.id}
    assert all(server.connected_at < row.at <= now() for row in rows)
    assert not [row for row in rows if "email" in (row.arguments or {})]
    told = db.session.scalars(select(Change.event).where(Change.subject_id == server.id).order_by(Change.id))
    assert list(told) == ["server.connected", "server.listed"]


def test_umbra_has_none_and_planting_twice_changes_nothing(planted: int) -> None:
    assert connected.plant(cast.workspace(), _world(), now()) == 0
    assert db.session.scalar(select(func.count()).select_from(Server)) == 1
    assert "shop" not in facts.now_of(cast.workspace(cast.UMBRA).id).integrations


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_without_a_shop_beside_halo_none_is_connected(make_app: Callable[..., Flask]) -> None:
    with make_app(shop_port=0).app_context():
        agents.plant(cast.workspace(), _world(), now())
        assert connected.plant(cast.workspace(), _world(), now()) == 0


def test_a_start_with_another_port_takes_the_connected_shop_along_and_no_server_of_anybody_else(planted: int) -> None:
    server = db.session.scalars(select(Server)).one()
    beside = {"auth_method": "none", "name": "Shop", "url": server.url, "said_name": "Demo shop"}
    others = {"shop2": cast.workspace().id, "shop": cast.workspace(cast.UMBRA).id}
    with one_change() as session:
        session.add_all(Server(slug=slug, workspace_id=where, **beside) for slug, where in others.items())
    move_shop(replace(settings.current(), shop_port=9876))
    db.session.rollback()
    urls = {(it.workspace_id, it.slug): it.url for it in db.session.scalars(select(Server))}
    assert urls.pop((cast.workspace().id, "shop")) == "http://127.0.0.1:9876/mcp"
    assert set(urls.values()) == {beside["url"]}
