"""What servers answer, made fit for a model and a page."""

from __future__ import annotations

from typing import Any

import pytest

from halo.ground.errors import UpstreamFailed
from halo.servers import content, sanitising


def blocks(*said: Any) -> list[Any]:
    answer = content.answer({"content": list(said)}, None)
    return list(answer.content or ())


@pytest.mark.parametrize(
    "block",
    [
        {"type": "text", "text": "hello\nworld"},
        {"type": "image", "mimeType": "image/png", "data": "aGVsbG8="},
        {"type": "audio", "mimeType": "audio/wav", "data": "aGVsbG8="},
        {"type": "resource_link", "uri": "https://docs.example/a", "name": "A"},
        {"type": "resource_link", "uri": "orders://17", "name": "orders://17"},
        {"type": "resource", "resource": {"uri": "file:///a.txt", "mimeType": "text/plain", "text": "a"}},
        {"type": "resource", "resource": {"uri": "a", "blob": "aGVsbG8="}},
    ],
)
def test_every_kind_of_content_that_mcp_knows_is_kept(block: dict[str, Any]) -> None:
    assert blocks(block) == [block]


@pytest.mark.parametrize(
    "block",
    [
        "text", None, {}, {"type": "video"}, {"type": ["text"]},
        {"type": "image", "mimeType": "image/png", "data": "no base64"},
        {"type": "image", "mimeType": "image/png\r\nX: y", "data": "aGVsbG8="},
        {"type": "image", "data": "aGVsbG8="},
        {"type": "resource_link", "uri": "javascript:alert(1)", "name": "A"},
        {"type": "resource_link", "uri": "http://[", "name": "A"},
        {"type": "resource_link", "uri": "//evil.example", "name": "A"},
        {"type": "resource", "resource": "a"},
        {"type": "resource", "resource": {"uri": "a"}},
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said_in_its_place(block: Any) -> None:
    assert blocks(block) == [content.NOT_SHOWN]


def test_words_and_data_hold_no_sign_that_is_not_seen() -> None:
    said = {"content": [{"type": "text", "text": "a\u202eb\x1b[2J"}], "structuredContent": {"k\u200b": ["v\u2066"]}}
    answer = content.answer(said, None)
    assert answer.text == "ab"
    assert answer.data == {"k": ["v"]}


def test_data_is_what_was_promised_or_the_answer_is_none() -> None:
    promised = sanitising.checker({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]})
    assert content.answer({"content": [], "structuredContent": {"n": 1}}, promised).data == {"n": 1}
    for data in ({"n": "one"}, {}, None, [1]):
        with pytest.raises(UpstreamFailed) as problem:
            content.answer({"content": [], "structuredContent": data}, promised)
        assert problem.value.stage == "schema"
    failed = content.answer({"content": [{"type": "text", "text": "no such order"}], "isError": True}, promised)
    assert failed.is_error


def test_an_answer_without_content_is_an_answer() -> None:
    for said in ({}, {"content": None}, {"content": []}):
        answer = content.answer(said, None)
        assert (answer.text, answer.content, answer.is_error) == ("", None, False)
