"""What a server answered to a call, made fit for a model and a page: blocks that are known, words that can be seen.

Nothing is interpreted. Text loses signs that nobody sees and colours of terminals; a link stays where it leads over
https; data is held against the accepted output schema. What cannot be used is said in a sentence in its place.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from halo.ground.foreign import Checker
from halo.servers.failures import Unpromised
from halo.servers.sanitising import text
from halo.tool import Answer
from halo.tool.answer import Whose

Block = Mapping[str, Any]
LONGEST_TEXT = 400_000
"""Signs of one text; `halo.tool` cuts what is sent on."""
NOT_SHOWN = {"type": "text", "text": "[The server sent content of a kind that is not shown here.]"}
MIME = re.compile(r"[a-z]+/[a-z0-9.+-]{1,100}", re.IGNORECASE)


def answer(result: Mapping[str, Any], promised: Checker | None, *, whose: Whose = "stranger") -> Answer:
    """The answer of a call; raises `Unpromised` for data that is not what the server promised.

    `promised` checks the accepted output schema; None where there is none.
    """
    said = result.get("content")
    blocks = tuple(_block(each) for each in said) if isinstance(said, list) else ()
    is_error = result.get("isError") is True
    data = _cleaned(result.get("structuredContent"))
    if promised is not None and not is_error and not promised.fits(data):
        raise Unpromised(promised.first_mistake(data))
    words = "\n\n".join(block["text"] for block in blocks if block["type"] == "text" and block["text"])
    return Answer(words, data if isinstance(data, dict) else None, is_error, blocks or None, whose=whose)


def _block(said: Any) -> Block:
    kind = said.get("type") if isinstance(said, dict) else None
    make = _KINDS.get(kind) if isinstance(kind, str) else None
    return (make(said) if make is not None else None) or NOT_SHOWN


def _text(said: Block) -> Block:
    return {"type": "text", "text": text(said.get("text"), LONGEST_TEXT)}


def _binary(said: Block) -> Block | None:
    kind, data = said.get("mimeType"), said.get("data")
    if not isinstance(kind, str) or not MIME.fullmatch(kind) or not _is_base64(data):
        return None
    return {"type": said["type"], "mimeType": kind, "data": data}


def _link(said: Block) -> Block | None:
    uri = said.get("uri")
    if not isinstance(uri, str) or not _leads_somewhere(uri):
        return None
    words = {key: text(said[key], 2000) for key in ("name", "title", "description", "mimeType") if said.get(key)}
    return {"type": "resource_link", "uri": uri, "name": words.pop("name", uri), **words}


def _embedded(said: Block) -> Block | None:
    held = said.get("resource")
    if not isinstance(held, dict) or not isinstance(held.get("uri"), str):
        return None
    kept: dict[str, Any] = {"uri": text(held["uri"], 2000)}
    if isinstance(held.get("mimeType"), str) and MIME.fullmatch(held["mimeType"]):
        kept["mimeType"] = held["mimeType"]
    if isinstance(held.get("text"), str):
        return {"type": "resource", "resource": kept | {"text": text(held["text"], LONGEST_TEXT)}}
    return {"type": "resource", "resource": kept | {"blob": held["blob"]}} if _is_base64(held.get("blob")) else None


_KINDS: Mapping[str, Callable[[Block], Block | None]] = {
    "text": _text, "image": _binary, "audio": _binary, "resource_link": _link, "resource": _embedded,
}  # fmt: skip


def _cleaned(value: Any) -> Any:
    """Data with no sign in it that is not seen."""
    if isinstance(value, str):
        return text(value, LONGEST_TEXT)
    if isinstance(value, dict):
        return {text(key, 1000): _cleaned(part) for key, part in value.items()}
    return [_cleaned(part) for part in value] if isinstance(value, list) else value


def _is_base64(data: Any) -> bool:
    try:
        return isinstance(data, str) and bool(data) and bool(base64.b64decode(data, validate=True))
    except (binascii.Error, ValueError):
        return False


def _leads_somewhere(uri: str) -> bool:
    """Whether a link may be shown: https, or a name of the server's own that no browser follows."""
    try:
        scheme = urlsplit(uri).scheme.lower()
    except ValueError:
        return False
    return (
        len(uri) <= 2048 and uri.isprintable() and scheme not in ("", "javascript", "data", "file", "vbscript", "http")
    )
