"""What agents called and what went to connected servers: looked for, counted, and told by name."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from halo.audit import named_holders, search
from halo.audit.counting import counts, hours
from halo.audit.search import Filters
from halo.ground.database import db, new_id, now, one_change
from halo.ledger import tally
from halo.ledger.models import HolderHour, TallyMark
from tests import cast
from tests.audit.test_calls import AUDIT, a_call, words
from tests.cast import OWNER
from tests.ledger.test_tally import add_up
from tests.support.browser import Browser

BILLING, NIGHT, LINEAR = new_id(), new_id(), new_id()
DAY = datetime.timedelta(days=1)


@pytest.fixture
def named() -> Iterator[None]:
    """Two agents and a server of Acme, whom slices that are to come will name."""
    known = {"agent": {BILLING: "Billing agent", NIGHT: "Night agent"}, "server": {LINEAR: "Linear"}}

    def names_of(kind: named_holders.Kind) -> named_holders.Named:
        def names(workspace_id: str, ids: Collection[str]) -> Mapping[str, str]:
            mine = known[kind] if workspace_id == cast.workspace().id else {}
            return {key: name for key, name in mine.items() if not ids or key in ids}

        return names

    before = dict(named_holders._named)
    for kind in ("agent", "server"):
        named_holders.named_by(kind, names_of(kind))
    yield
    named_holders._named.clear()
    named_holders._named.update(before)


def text(element: Any) -> str:
    return "".join(element.itertext())


def calls() -> None:
    a_call(tool="one", caller="agent", agent_id=BILLING, person_id=None, word="found 12")
    a_call(tool="one", caller="agent", agent_id=BILLING, person_id=None, outcome="refused", reason="toggle_off")
    a_call(tool="linear__two", caller="agent", agent_id=NIGHT, person_id=None, server_id=LINEAR, upstream_us=70_000)
    a_call(tool="linear__two", server_id=LINEAR, latency_us=3_000_000)
    a_call(tool="one")


FILTERS = (
    Filters(agent=BILLING), Filters(agent=NIGHT), Filters(server=LINEAR), Filters(server=LINEAR, agent=NIGHT),
    Filters(agent=BILLING, outcome="refused"), Filters(server=LINEAR, slower_ms=1000), Filters(agent=new_id()),
)  # fmt: skip


def charts() -> list[tuple[int, int]]:
    acme, end = cast.workspace().id, now() + datetime.timedelta(seconds=1)
    made = [counts.over_time(acme, since=end - DAY, until=end, buckets=4, filters=filters)[-1] for filters in FILTERS]
    return [(step.ok, step.refused) for step in made]


def test_calls_of_agents_and_servers_count_once_before_and_after_adding_up(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        calls()
        expected = [(1, 1), (1, 0), (2, 0), (1, 0), (0, 1), (1, 0), (0, 0)]
        assert charts() == expected
        monkeypatch.setattr(counts, "FINE", 0)
        assert charts() == expected
        add_up()
        assert charts() == expected
        assert db.session.scalar(select(func.sum(HolderHour.calls))) == 4


def test_a_release_that_does_not_know_the_tables_of_holders_loses_none_of_their_calls(app: Flask) -> None:
    """It moves its own mark only: what it added up is added to these tables afterwards."""
    with app.app_context():
        calls()
        add_up()
        with one_change() as rows:
            rows.execute(update(TallyMark).where(TallyMark.name == tally.HOLDERS).values(upto=""))
            rows.query(HolderHour).delete()
        add_up()
        assert db.session.scalar(select(func.sum(HolderHour.calls))) == 4
        assert db.session.scalar(select(func.sum(hours.ToolHour.calls))) == 5


def test_a_page_holds_what_the_filter_says(app: Flask) -> None:
    with app.app_context():
        calls()
        acme, umbra = cast.workspace().id, cast.workspace(cast.UMBRA).id
        assert [len(search.page(acme, filters).rows) for filters in FILTERS] == [2, 1, 2, 1, 1, 1, 0]
        assert not any(search.page(umbra, filters).rows for filters in FILTERS)


@pytest.mark.usefixtures("named")
def test_an_agent_is_told_by_its_name_and_looked_for_by_it(app: Flask, browser: Browser) -> None:
    with app.app_context():
        calls()
    browser.sign_in(OWNER).get(AUDIT, query_string={"agent": BILLING})
    assert "Billing agent called one" in words(browser) and "found 12" in words(browser)
    assert "Night agent" not in words(browser)
    offered = {it.get("value"): text(it) for it in browser.page.one("select", name="agent").iter("option")}
    assert offered == {"": "Any agent", BILLING: "Billing agent", NIGHT: "Night agent"}
    assert "AI agent" in text(browser.page.one(class_="chips"))


@pytest.mark.usefixtures("named")
def test_a_call_says_its_turn_server_definition_and_time_upstream(app: Flask, browser: Browser) -> None:
    with app.app_context():
        a_call(
            caller="agent", agent_id=NIGHT, person_id=None, server_id=LINEAR, conversation_id="c-1", turn_id="t-9",
            definition="0123456789abcdef", upstream_us=70_500, latency_us=90_000, word="found 3", result_size=20,
        )  # fmt: skip
        row = search.page(cast.workspace().id, Filters()).rows[0]
    facts = browser.sign_in(OWNER).get(f"{AUDIT}/{row.id}").one(id="facts")
    for said in ("Night agent in conversation c-1, turn t-9", "Linear", "0123456789abcdef", "found 3: 20 bytes",
                 "90.0 ms, 70.5 of them at the servers of others"):  # fmt: skip
        assert said in " ".join(text(facts).split()), said


def test_whose_id_nobody_names_is_one_that_is_gone(app: Flask, browser: Browser) -> None:
    with app.app_context():
        a_call(caller="agent", agent_id=BILLING, server_id=LINEAR, person_id=None)
    browser.sign_in(OWNER).get(AUDIT, query_string={"agent": BILLING, "server": LINEAR})
    assert "An AI agent" in words(browser)
    assert text(browser.page.one(class_="chips")).count("one that is gone") == 2
