"""`tools/list`: what the grant may call, in one order, in pages."""

from __future__ import annotations

from collections.abc import Iterator

import mcp_types.methods
import pytest
from flask import Flask

from halo import tool
from halo.ground import limits
from halo.mcp import listing
from tests import cast
from tests.mcp.speaker import Speaker, a_speaker

GROUPS = {"docs:read": {"search_docs", "read_doc"}, "setup:read": {"setup_get_install_snippet", "setup_get_jwt_sample"}}


@pytest.mark.parametrize("words", GROUPS)
def test_a_grant_sees_the_tools_of_its_scopes_and_no_other(app: Flask, words: str) -> None:
    assert {it["name"] for it in a_speaker(app, words).tools()} == GROUPS[words]


def test_a_person_without_contacts_sees_no_data_tools(app: Flask) -> None:
    assert {it["name"][:5] for it in a_speaker(app, "data:read", person=cast.SUPPORT).tools()} == {"data_"}
    from halo.ground.database import one_change

    with app.app_context(), one_change() as rows:
        membership = rows.merge(cast.person(cast.SUPPORT).memberships[0])
        membership.permissions = ["inbox:view"]
    assert a_speaker(app, "data:read", person=cast.SUPPORT).tools() == []


def test_both_eras_show_the_same_tools_byte_for_byte(speaker: Speaker) -> None:
    assert speaker.tools() == speaker.modern("tools/list").json["result"]["tools"]
    assert speaker.legacy("tools/list").data == speaker.legacy("tools/list").data


def test_the_lists_fit_the_schemas_of_every_revision(speaker: Speaker) -> None:
    for version in ("2025-03-26", "2025-06-18", "2025-11-25"):
        mcp_types.methods.validate_server_result("tools/list", version, {"tools": speaker.tools()})


@pytest.fixture
def pages_of_three(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(limits, "PAGE_OF_TOOLS", 3)
    return


@pytest.mark.usefixtures("pages_of_three")
def test_pages_join_to_the_whole_list(speaker: Speaker) -> None:
    names, cursor = [], ""
    while cursor is not None:
        page = speaker.legacy("tools/list", {"cursor": cursor}).json["result"]
        assert len(page["tools"]) <= 3
        names += [it["name"] for it in page["tools"]]
        cursor = page.get("nextCursor")
    assert names == [it.name for it in tool.every() if not it.destructive]


def test_a_cursor_counts_as_it_was_given_and_no_other_way(speaker: Speaker) -> None:
    good = listing._cursor("a_tool")
    assert "result" in speaker.legacy("tools/list", {"cursor": good}).json
    padded = listing._cursor("a_tools")
    for other in (good + "!", good + "=", "." + good, good[:-1] + " " + good[-1], good + "\n", padded[:-1] + "B"):
        assert speaker.legacy("tools/list", {"cursor": other}).json["error"]["code"] == -32602, other


@pytest.mark.parametrize("cursor", ["2", "YWZ0ZXI6", "YWZ0ZXI6YSBi", "*", "ümlaut", "a" * 1000])
def test_a_cursor_of_somebody_else_is_refused(speaker: Speaker, cursor: str) -> None:
    assert speaker.legacy("tools/list", {"cursor": cursor}).json["error"]["code"] == -32602
    assert speaker.modern("tools/list", {"cursor": cursor}).status_code == 400


def test_the_full_catalogue_is_one_page(speaker: Speaker) -> None:
    assert "nextCursor" not in speaker.legacy("tools/list").json["result"]
