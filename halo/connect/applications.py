"""The clients that people connect, read once from `clients.toml`, and the texts that each takes."""

from __future__ import annotations

import base64
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from halo.ground import scopes
from halo.ground.wire import addresses
from halo.oauth import resources


@dataclass(frozen=True)
class Preset:
    """What the client is told to ask for; without scopes it asks for what Halo offers, at the plain address."""

    key: str
    title: str
    scopes: tuple[str, ...] = ()


PRESETS = {
    preset.key: preset
    for preset in (
        Preset("everything", "Everything I may do"),
        Preset("look-up", "Look up customers and docs", ("docs:read", "data:read")),
        Preset("docs", "Documentation and set-up only", ("docs:read", "setup:read")),
    )
}


@dataclass(frozen=True)
class ConnectSnippet:
    """A command, or what goes into a file."""

    title: str
    language: str
    text: str
    scoped: str = ""

    def written(self, mcp_url: str, preset: Preset) -> str:
        """The text for this address; the preset's scopes stand in the client's setting, or else in the address."""
        asking = resources.asking_for(mcp_url, preset.scopes)
        has_setting = bool(preset.scopes and self.scoped)
        text = self.scoped if has_setting else self.text
        words = scopes.canonical(preset.scopes)
        for name, value in {
            "mcp_url": mcp_url if has_setting else asking,
            "asking_url": asking,
            "scopes": " ".join(words),
            "scopes_commas": ",".join(words),
            "scopes_list": json.dumps(words),
        }.items():
            text = text.replace("{{%s}}" % name, value)  # noqa: UP031 - the braces are the template's
        return text.strip("\n")


@dataclass(frozen=True)
class Link:
    """An address that opens the application with the server filled in."""

    label: str
    href: str


@dataclass(frozen=True)
class Application:
    """An application, and how a person adds Halo to it."""

    key: str
    name: str
    sentence: str
    steps: tuple[str, ...]
    sees: str
    limits: tuple[str, ...] = ()
    snippets: tuple[ConnectSnippet, ...] = ()
    link: str = ""
    hosted: bool = False
    """Whether it runs in the vendor's cloud, and so reaches Halo from the internet."""

    @property
    def takes_scopes(self) -> bool:
        """Whether the client has a setting of its own for what it asks for; else the address says it."""
        return any(snippet.scoped for snippet in self.snippets)

    def links(self, mcp_url: str, preset: Preset) -> list[Link]:
        """The deep links, for applications that have one."""
        mcp_url = resources.asking_for(mcp_url, preset.scopes)
        if self.link == "cursor":
            config = base64.b64encode(json.dumps({"url": mcp_url}).encode()).decode()
            install = "cursor://anysphere.cursor-deeplink/mcp/install"
            return [Link("Add to Cursor", addresses.extended(install, {"name": "halo-agents", "config": config}))]
        if self.link == "vscode":
            said = quote(json.dumps({"name": "halo", "type": "http", "url": mcp_url}), safe="")
            return [
                Link("Add to VS Code", f"vscode:mcp/install?{said}"),
                Link("Insiders", f"vscode-insiders:mcp/install?{said}"),
            ]
        return []


@cache
def clients() -> dict[str, Application]:
    """Every client, by its key, in the order of the picker."""
    read = tomllib.loads(files("halo.connect").joinpath("clients.toml").read_text())
    return {client.key: client for client in map(_client, read["client"])}


def suggested(user_agent: str, *, is_public: bool) -> str:
    """The client that a person on this device is likely to mean; hosted ones only where they could reach Halo."""
    is_terminal_like = "Linux" in user_agent and "Android" not in user_agent
    return "claude" if is_public and not is_terminal_like else "claude-code"


def _client(said: dict[str, Any]) -> Application:
    lists: dict[str, Any] = {name: tuple(said.get(name, ())) for name in ("steps", "limits")}
    plain = {name: value for name, value in said.items() if name not in ("steps", "limits", "snippet")}
    return Application(**plain, **lists, snippets=tuple(_snippets(said)))


def _snippets(said: dict[str, Any]) -> Iterator[ConnectSnippet]:
    for snippet in said.get("snippet", ()):
        yield ConnectSnippet(**snippet)
