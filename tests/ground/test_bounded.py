"""JSON with more structure than anybody sends is refused on its bytes; text is never counted as structure."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from halo.ground import limits
from halo.ground.errors import Mistake
from halo.ground.wire import bounded
from tests.contacts.site import an_update_token, send
from tests.mcp.speaker import a_speaker

MANY = limits.JSON_VALUES + 1
STRUCTURE = {
    "empty lists": b"[" + b",".join([b"[]"] * MANY) + b"]",
    "empty objects": b"[" + b",".join([b"{}"] * MANY) + b"]",
    "numbers": b"[" + b",".join([b"1"] * MANY) + b"]",
    "members": b"{" + b",".join(b'"%d":1' % at for at in range(MANY)) + b"}",
    "behind a string that holds quotes": rb'["\"\\",' + b",".join([b"[]"] * MANY) + b"]",
}
DEEP = {"lists": b"[" * 40 + b"]" * 40, "objects": b'{"a":' * 40 + b"1" + b"}" * 40}
TEXT = {
    "brackets": json.dumps({"query": "[{" * 40_000}).encode(),
    "commas": json.dumps({"query": "a,b" * 40_000}).encode(),
    "quoted JSON": json.dumps({"query": json.dumps([[]] * MANY)}).encode(),
    "quotes and backslashes": json.dumps({"query": '\\"[,' * 40_000}).encode(),
}


@pytest.mark.parametrize("body", [*STRUCTURE.values(), *DEEP.values()], ids=[*STRUCTURE, *DEEP])
def test_structure_past_the_limit_is_refused(body: bytes) -> None:
    with pytest.raises(Mistake, match=r"The body (holds more than 20,000 values|is nested deeper than 32 levels)"):
        bounded.check(body)


@pytest.mark.parametrize("body", TEXT.values(), ids=TEXT)
def test_text_may_hold_any_signs(body: bytes) -> None:
    bounded.check(body)


def test_a_string_that_nobody_closes_is_looked_at_once() -> None:
    """Each of 900,000 quotes might begin a string: looked at from each of them, this would not end today."""
    bounded.check(b'["' + rb"\"[," * 225_000)


values = st.recursive(
    st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None, max_examples=50)
@given(value=values)
def test_what_people_send_passes(value: object) -> None:
    bounded.check(json.dumps(value, ensure_ascii=False).encode())


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_each_door_that_reads_json_refuses_it_in_a_sentence(app: Flask) -> None:
    heavy = b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":' + STRUCTURE["empty lists"] + b"}}"
    mcp = a_speaker(app).post(data=heavy)
    assert (mcp.status_code, mcp.json["error"]["code"]) == (400, -32600)
    assert mcp.json["error"]["message"] == "The body holds more than 20,000 values. Send less at a time."
    site = send(app.test_client(), "users/identify", {"user_id": "1", "traits": {"a": [[]] * MANY}})
    assert (site.status_code, site.json["field"]) == (400, "body")
    oauth = app.test_client().post("/api/mcp/oauth/register", data=b'{"a":[' + b"[]," * 20_001 + b"1]}")
    assert (oauth.status_code, oauth.json["error"]) == (400, "invalid_client_metadata")


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_bulk_update_may_hold_as_many_values_as_its_people_need(app: Flask) -> None:
    people = [{"user_id": str(at), "traits": {f"t{n}": n for n in range(40)}} for at in range(600)]
    assert len(json.dumps(people).split(",")) > limits.JSON_VALUES
    answer = send(app.test_client(), "users/update", {"token": an_update_token(), "users": people})
    assert (answer.status_code, answer.json["created"]) == (200, 600)
