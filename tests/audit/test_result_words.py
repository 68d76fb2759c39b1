"""What the log keeps of a call besides its size: a word on what came of it, and the time that others took."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from halo import perform, tool
from halo.audit import search
from halo.audit.search import Filters
from halo.ground import outbound, settings
from halo.ground.arguments import Arguments
from halo.ground.database import db
from halo.ledger.models import ActionExecution
from halo.tool import Answer, found
from tests import cast, factories
from tests.ground.outbound.servers import Keeping
from tests.support.listening import listening


def called(name: str, **arguments: Any) -> ActionExecution:
    caller = factories.a_caller()
    perform.perform(name, arguments, principal=caller, context=factories.a_context())
    db.session.rollback()
    return search.page(cast.workspace().id, Filters()).rows[0]


@pytest.mark.parametrize(
    ("total", "is_exact", "said"),
    [(0, True, "found none"), (0, False, "found none"), (1, True, "found 1"), (12_000, True, "found 12,000"),
     (1000, False, "found over 1,000")],
)  # fmt: skip
def test_how_many_were_found_is_said_in_two_words(total: int, is_exact: bool, said: str) -> None:
    assert found(total, is_exact=is_exact) == said


def test_the_row_says_what_came_of_the_call(app: Flask) -> None:
    with app.app_context():
        said = {
            "data_search_tickets": ("found none", {}),
            "data_find_user": ("not found", {"email": "nobody@customer.test"}),
            "search_docs": ("found 2", {"query": "refresh token", "limit": 2}),
            "setup_get_install_snippet": (None, {"framework": "react"}),
        }
        rows = {name: called(name, **arguments) for name, (_, arguments) in said.items()}
        assert {name: row.word for name, row in rows.items()} == {name: word for name, (word, _) in said.items()}
        assert all(row.upstream_us is None for row in rows.values())
        definitions = {row.definition for row in rows.values()}
        assert len(definitions) == 4 and all(len(each or "") == 16 for each in definitions)
        assert called("search_docs", query="x").definition == rows["search_docs"].definition
        assert {name: row.outcome for name, row in rows.items()}["data_find_user"] == "tool_error"


@pytest.fixture
def errand() -> Iterator[None]:
    @tool.tool(
        title="Ask elsewhere", scope="docs:read", group="docs", result=None, bound="same",
        read_only=True, destructive=False, idempotent=True, open_world=True,
    )  # fmt: skip
    def ask_elsewhere(arguments: Elsewhere, *, principal: Any) -> Answer:
        """Asks another server."""
        with outbound.errand(outbound.strangers(settings.current()), seconds=5) as client:
            return Answer(str(client.get(arguments.url).status_code))

    yield
    tool.forget("ask_elsewhere")


class Elsewhere(Arguments):
    url: str


@pytest.mark.usefixtures("errand")
def test_the_time_at_servers_of_others_is_kept_whether_they_answer_or_not(app: Flask) -> None:
    server = Keeping()
    with app.app_context(), listening(server.server):
        row = called("ask_elsewhere", url=server.url)
        assert row.outcome == "ok" and row.upstream_us is not None
        assert 0 < row.upstream_us <= row.latency_us
    with app.app_context():
        row = called("ask_elsewhere", url="http://127.0.0.1:22")
        assert (row.outcome, row.reason) == ("tool_error", "UpstreamFailed") and row.upstream_us is not None
