"""What an address asks for and nobody understands never shows or exports more than was asked for."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from halo.flags import service as flags
from halo.ground.database import one_change
from tests import cast, factories
from tests.audit.test_calls import AUDIT, a_call
from tests.cast import OWNER
from tests.support.browser import Browser

QUICK = settings(
    max_examples=30, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip
ODD = "\u200b\u2060\ufeff\u202e\u00ad\u3164\u2800\u200d\x07\x7f\ufffd é０Ⓡİß%_'\"\\&=+#.-:TZz9e"
"""Signs that nobody sees, that look like others, and that mean something to somebody on the way."""


@dataclass(frozen=True)
class Shown:
    """A list or an export: the filters that it knows, each with a value that fits none or some of its rows."""

    path: str
    region: str
    """Where its rows stand; empty for an export, which is nothing but rows."""
    row: str
    """What every row has once, as a pattern whose group is its name."""
    filters: Mapping[str, str]


_CALLS = {
    "outcome": "refused", "reason": "flag_off", "tool": "tool_1", "text": "tool_2", "caller": "mcp", "era": "legacy",
    "method": "initialize", "integration": "hubspot", "slower": "5000", "span": "last_year", "from": "2199-01-01",
    "until": "1999-W52", "person": "nobody", "client": "no-app", "grant": "no-grant", "since": "2199-Q1",
}  # fmt: skip
LISTS = (
    Shown(AUDIT, 'id="executions"', r"tool_\d", _CALLS),
    Shown(f"{AUDIT}/export.jsonl", "", r"tool_\d", _CALLS),
    Shown(f"{AUDIT}/export.csv", "", r"tool_\d", _CALLS),
    Shown(f"{AUDIT}/changes", 'id="changes"', r"Reason number \d", {
        "span": "last_year", "from": "2199-01-01", "until": "1999-12-31", "kind": "person", "person": "nobody",
        "event": "grant.revoked", "subject": "another_flag",
    }),
    Shown("/dashboard/apps", 'id="apps"', r'id="app-([^"]+)"', {"q": "First", "state": "refused"}),
    Shown("/dashboard/settings/team", 'id="members"', r"/dashboard/settings/team/([0-9a-f-]{36})", {"q": "olivia"}),
    Shown("/admin/flags", 'id="workspaces"', r'href="/admin/flags/(\w+)', {"q": "acme", "show": "overrides"}),
    Shown("/dashboard/agents/external-clients/actions", 'id="actions"', r'id="action-(\w+)"', {
        "q": "ticket", "show": "off",
    }),
)  # fmt: skip


@pytest.fixture
def reader(app: Flask, browser: Browser) -> Browser:
    """Somebody who sees every list, with rows of each kind in it."""
    with app.app_context():
        for number in range(3):
            a_call(tool=f"tool_{number}", protocol_version="2026-07-28", latency_us=10_000)
        a_call(tool="tool_3", outcome="refused", reason="flag_off", caller="agent", method="initialize")
        acme = cast.workspace().id
        for number in (1, 2, 3):
            flags.turn_off("mcp_server", workspace_id=acme, why=f"Reason number {number}", principal=None)
            flags.turn_on("mcp_server", workspace_id=acme, why=f"Reason number {number + 5}", principal=None)
        for name in ("First", "Second"):
            factories.a_grant(client=factories.an_oauth_client(name))
        with one_change():
            cast.person(OWNER).is_operator = True
    return browser.sign_in(OWNER)


def rows(reader: Browser, shown: Shown, query: Any) -> frozenset[str] | None:
    """The rows that the address shows; None where it is refused."""
    answer = reader.client.get(f"{shown.path}?{urlencode(query)}")
    assert answer.status_code in (200, 422), (answer.status_code, query)
    text = answer.text
    if answer.status_code == 422:
        text = re.sub("“[^”]*”", "", text)  # what a refusal quotes is no row
        assert not shown.region or shown.region not in text or not re.search(shown.row, _region(text, shown))
        return None
    return frozenset(re.findall(shown.row, _region(text, shown)))


def _region(text: str, shown: Shown) -> str:
    if not shown.region:
        return text
    start = text.find(shown.region)
    return text[start : text.find("</main>", start)] if start >= 0 else ""


@st.composite
def grown(draw: st.DrawFn) -> tuple[Shown, str, str]:
    """A list, one of its filters, and that filter's value with some signs more."""
    shown = draw(st.sampled_from(LISTS))
    name = draw(st.sampled_from(sorted(shown.filters)))
    value = shown.filters[name]
    at = draw(st.integers(0, len(value)))
    return shown, name, value[:at] + draw(st.text(ODD, min_size=1, max_size=3)) + value[at:]


def test_a_filter_with_more_signs_in_it_never_shows_more(reader: Browser) -> None:
    known: dict[tuple[str, str, str], frozenset[str] | None] = {}

    def of(shown: Shown, name: str, value: str) -> frozenset[str]:
        key = (shown.path, name, value)
        known[key] = known[key] if key in known else rows(reader, shown, {name: value} if name else {})
        found = known[key]
        assert found is not None, key
        return found

    @QUICK
    @given(grown())
    def holds(wish: tuple[Shown, str, str]) -> None:
        shown, name, value = wish
        whole, narrowed = of(shown, "", ""), of(shown, name, shown.filters[name])
        assert narrowed < whole, f"{shown.path}: the filter {name} narrows nothing here, so it shows nothing"
        found = rows(reader, shown, {name: value})
        assert found is None or found <= narrowed, f"{shown.path}?{name}={value!r} shows more than the filter alone"

    holds()


def test_an_export_holds_no_more_than_its_address_shows(reader: Browser) -> None:
    names = st.sampled_from([*_CALLS, "view", "live", "before", "outcom", "Tool", "\u200btext", "q"])
    values = st.one_of(st.sampled_from([*_CALLS.values(), "tool_", "ok", "agent", "", " "]), st.text(ODD, max_size=4))

    @QUICK
    @given(st.lists(st.tuples(names, values), max_size=3))
    def holds(query: list[tuple[str, str]]) -> None:
        page, export = rows(reader, LISTS[0], query), rows(reader, LISTS[1], query)
        assert export is None or (page is not None and export <= page), query

    holds()


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_filter_holds_as_if_its_invisible_signs_were_not_there(reader: Browser) -> None:
    signs = itertools.cycle(["\u200b", "\u2060", "\ufeff", "\u202e", "\u00ad", "\u3164", "\u200d", "\x07"])
    for shown in LISTS:
        for (name, value), sign in zip(shown.filters.items(), signs, strict=False):
            asked = {name: f"{sign}{value[:2]}{sign}{value[2:]}{sign}"}
            assert rows(reader, shown, asked) == rows(reader, shown, {name: value}), (shown.path, name, sign)


def test_the_change_about_an_export_names_its_filters(reader: Browser) -> None:
    assert rows(reader, LISTS[1], {"outcome": "refused\u200b", "from": "yesterday"}) == frozenset({"tool_3"})
    said = reader.get(f"{AUDIT}/changes").text
    assert "outcome: refused" in said and "since: " in said and "\u200b" not in said
