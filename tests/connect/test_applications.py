"""The list of clients: every text is what its file or shell takes, holds the right address, and stands in the docs."""

from __future__ import annotations

import base64
import json
import re
import shlex
import tomllib
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from halo.connect.applications import PRESETS, Application, ConnectSnippet, Preset, clients, suggested
from halo.documents.service import Library
from halo.ground import scopes
from halo.oauth import resources

URL = "https://halo.example/api/mcp/w/acme"
ASKING = f"{URL}?scope=docs:read+data:read"
EVERY = [(client, snippet) for client in clients().values() for snippet in client.snippets]


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [it for each in value.values() for it in strings(each)]
    if isinstance(value, list):
        return [it for each in value for it in strings(each)]
    return [str(value)]


def parsed(snippet: ConnectSnippet, preset: Preset) -> list[str]:
    """Every word of the text, read as its language is read."""
    text = snippet.written(URL, preset)
    if snippet.language == "json":
        return strings(json.loads(text))
    if snippet.language == "toml":
        return strings(tomllib.loads(text))
    words = [word for line in text.splitlines() for word in shlex.split(line)]
    return words + [it for word in words if word.startswith("{") for it in strings(json.loads(word))]


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
@pytest.mark.parametrize(("client", "snippet"), EVERY, ids=[f"{it.key}-{what.title[:12]}" for it, what in EVERY])
def test_each_text_parses_and_holds_the_address(client: Application, snippet: ConnectSnippet, preset: Preset) -> None:
    words = parsed(snippet, preset)
    assert client.key == "inspector" or URL in words or resources.asking_for(URL, preset.scopes) in words
    assert not [word for word in words if "{{" in word]


@pytest.mark.parametrize("client", [it for it in clients().values() if it.takes_scopes], ids=lambda it: it.key)
def test_a_preset_names_exactly_its_scopes(client: Application) -> None:
    preset = PRESETS["look-up"]
    scoped = [snippet for snippet in client.snippets if snippet.scoped]
    for snippet in scoped:
        said = {it for word in parsed(snippet, preset) for it in re.split(r'[\s,"=+]', word)}
        assert {it for it in said if scopes.is_known(it)} == set(preset.scopes)
        assert not {it for word in parsed(snippet, PRESETS["everything"]) for it in word.split() if scopes.is_known(it)}


@pytest.mark.parametrize(("client", "snippet"), EVERY, ids=[f"{it.key}-{what.title[:12]}" for it, what in EVERY])
def test_where_a_client_has_no_setting_the_address_says_what_to_ask_for(
    client: Application, snippet: ConnectSnippet
) -> None:
    words = parsed(snippet, PRESETS["look-up"])
    if client.key != "inspector" and not snippet.scoped:
        assert ASKING in words and URL not in words
    assert URL in parsed(snippet, PRESETS["everything"]) or client.key == "inspector"


def test_a_link_carries_the_address_that_says_what_to_ask_for() -> None:
    (cursor,) = clients()["cursor"].links(URL, PRESETS["look-up"])
    config = parse_qs(urlsplit(cursor.href).query)["config"][0]
    assert json.loads(base64.b64decode(config)) == {"url": ASKING}
    for link in clients()["vscode"].links(URL, PRESETS["look-up"]):
        assert json.loads(unquote(link.href.partition("?")[2]))["url"] == ASKING


def test_cursors_link_holds_the_configuration_in_base64() -> None:
    (link,) = clients()["cursor"].links(URL, PRESETS["everything"])
    parts = urlsplit(link.href)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert (parts.scheme, parts.netloc, parts.path) == ("cursor", "anysphere.cursor-deeplink", "/mcp/install")
    assert (asked["name"], json.loads(base64.b64decode(asked["config"]))) == ("halo-agents", {"url": URL})


def test_vs_codes_links_hold_the_configuration_as_json() -> None:
    for link in clients()["vscode"].links(URL, PRESETS["everything"]):
        scheme, _, said = link.href.partition(":mcp/install?")
        assert scheme in ("vscode", "vscode-insiders")
        assert json.loads(unquote(said)) == {"name": "halo", "type": "http", "url": URL}


@pytest.mark.parametrize(("client", "snippet"), EVERY, ids=[f"{it.key}-{what.title[:12]}" for it, what in EVERY])
def test_the_documentation_says_the_same(client: Application, snippet: ConnectSnippet) -> None:
    page = Library("https://halo.example", "https://cdn.example/halo.js").get("connecting-clients").markdown
    text = snippet.written("https://halo.example/api/mcp", PRESETS["everything"])
    assert text in page, f"halo/docs/connecting-clients.md does not show what {client.name} takes:\n{text}"


def test_only_what_could_reach_this_halo_is_suggested() -> None:
    assert suggested("Mozilla/5.0 (Macintosh)", is_public=False) == "claude-code"
    assert suggested("Mozilla/5.0 (Macintosh)", is_public=True) == "claude"
    assert suggested("Mozilla/5.0 (iPhone)", is_public=True) == "claude"
    assert suggested("Mozilla/5.0 (X11; Linux x86_64)", is_public=True) == "claude-code"
    assert suggested("Mozilla/5.0 (Linux; Android 16)", is_public=True) == "claude"
