"""Applications that we know, kept by hand: how each proves that it is the one, and since when it stands here.

A name is chosen by the application itself, so a name proves nothing. Two things do: its metadata document is served
under an address of the vendor's (`documents`), or its answer goes to a web address of the vendor's (`answers`).
Loopback and custom schemes prove nothing: any program on the computer can claim them. An application that always
comes in that way stands here with neither, so that nobody wonders why it has no badge.

Where a document of theirs cannot be read (a closed network, a vendor's outage), the list stands in for it: a public
client that is answered on the person's own computer or at the vendor's addresses here, and nowhere else.

To add one: watch it connect, note the addresses it uses, check that the vendor alone decides what is served there,
and write the day. An entry that ends in `/` covers what stands under it; every other one is exact.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from halo.ground.text import lookalikes
from halo.ground.wire import addresses
from halo.oauth import redirects

if TYPE_CHECKING:
    from halo.oauth.models import OAuthClient

CHECKED = datetime.date(2026, 11, 22)


@dataclass(frozen=True)
class Known:
    """One application of a vendor."""

    name: str
    since: datetime.date
    """The day on which its addresses were checked."""
    documents: tuple[str, ...] = ()
    """Addresses of its client metadata documents."""
    answers: tuple[str, ...] = ()
    """Web addresses that its answer goes to."""
    also: tuple[str, ...] = ()
    """Other names that people know it by."""

    @property
    def hosts(self) -> set[str]:
        """The hosts on which the vendor decides."""
        return {urlsplit(address).netloc for address in (*self.documents, *self.answers)}


KNOWN = (
    Known("Claude Code", CHECKED, ("https://claude.ai/oauth/claude-code-client-metadata",)),
    Known(
        "Claude",
        CHECKED,
        ("https://claude.ai/oauth/", "https://claude.com/oauth/"),
        ("https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback"),
    ),
    Known("Codex", CHECKED, ("https://chatgpt.com/oauth/codex/client.json", "https://chatgpt.com/oauth/codex/")),
    Known(
        "ChatGPT",
        CHECKED,
        ("https://chatgpt.com/oauth/",),
        ("https://chatgpt.com/connector/oauth/", "https://chatgpt.com/connector_platform_oauth_redirect"),
    ),
    Known("Cursor", CHECKED, (), ("https://www.cursor.com/agents/mcp/oauth/callback",)),
    Known(
        "VS Code",
        CHECKED,
        ("https://vscode.dev/oauth/client-metadata.json", "https://vscode.dev/oauth/"),
        ("https://vscode.dev/redirect", "https://insiders.vscode.dev/redirect"),
        ("Visual Studio Code",),
    ),
    Known("Zed", CHECKED, ("https://zed.dev/oauth/",)),
    Known("OpenCode", CHECKED, ("https://opencode.ai/oauth/",)),
    Known("Copilot Studio", CHECKED, (), ("https://global.consent.azure-apim.net/redirect/",)),
    Known("Antigravity", CHECKED, (), ("https://antigravity.google/oauth-callback",)),
    Known("Gemini CLI", CHECKED),
    Known("Windsurf", CHECKED),
    Known("MCP Inspector", CHECKED),
)
"""The narrower address stands before the wider one of the same vendor."""
_SLASHES = re.compile(r"%2f|%5c|\\", re.IGNORECASE)
"""What a server may take for a slash, and so for a step out of the folder."""


@dataclass(frozen=True)
class Badge:
    """A known application, and what shows that it is the one."""

    known: Known
    reason: str


def badge(client: OAuthClient, redirect_uri: str) -> Badge | None:
    """The known application that a client is when its answer goes there, with the reason; None where nothing shows
    it."""
    found = _badge(client.client_id, redirect_uri)
    if found and client.is_from_list:
        host = urlsplit(client.client_id).hostname
        return Badge(found.known, f"Its id is an address of {host}, {_listed(found.known)}.")
    return found


def by_document(client: OAuthClient) -> Known | None:
    """The known application whose document describes the client."""
    return of_document(client.client_id)


def of_document(client_id: str) -> Known | None:
    """The known application whose document stands at this address."""
    found = _badge(client_id, "")
    return found.known if found else None


def documents() -> list[str]:
    """The addresses of single documents that known applications are described by."""
    return [address for known in KNOWN for address in known.documents if not address.endswith("/")]


def described(known: Known) -> dict[str, Any]:
    """The metadata of an application whose document cannot be read; where it is answered is `may_answer`."""
    public = {"token_endpoint_auth_method": "none", "redirect_uris": []}
    return {"client_name": known.name, "from_list": True, **public}


def may_answer(client_id: str, redirect_uri: str) -> bool:
    """Whether a client that our list describes is answered there: on the person's computer, or at the vendor's."""
    known = of_document(client_id)
    if known is None or redirects.problem(redirect_uri):
        return False
    is_here = redirects.destination(redirect_uri).kind == "loopback"
    return is_here or _is_under(_address(redirect_uri), known.answers)


def by_answers(client: OAuthClient) -> Known | None:
    """The known application that alone gets the client's answers, whichever of its addresses they go to."""
    found = {(badge.known if badge else None) for badge in (_badge("", uri) for uri in client.redirect_uris)}
    return found.pop() if len(found) == 1 else None


def verified_by(client_id: str, redirect_uri: str) -> str | None:
    """Why the client is the known application that it looks like, as a sentence; None where nothing shows it."""
    found = _badge(client_id, redirect_uri)
    return found.reason if found else None


def borrowed_name(client: OAuthClient, redirect_uri: str) -> Known | None:
    """The known application whose name, or one that looks like it, a client bears that another's site answers."""
    if badge(client, redirect_uri) or redirects.destination(redirect_uri).kind != "web":
        return None
    provable = (known for known in KNOWN if known.documents or known.answers)
    return next(
        (it for it in provable if any(lookalikes.holds(client.name, name) for name in (it.name, *it.also))), None
    )


def _badge(client_id: str, redirect_uri: str) -> Badge | None:
    document, answer = _address(client_id), _address(redirect_uri)
    if document and (known := next((it for it in KNOWN if _is_under(document, it.documents)), None)):
        return Badge(known, f"Its document is served by {urlsplit(document).hostname}, {_listed(known)}.")
    if answer and (known := next((it for it in KNOWN if _is_under(answer, it.answers)), None)):
        return Badge(known, f"Its answer goes to {urlsplit(answer).hostname}, {_listed(known)}.")
    return None


def _listed(known: Known) -> str:
    return f"on our checked list as {known.name} since {known.since.day} {known.since:%B %Y}"


def _is_under(address: str, listed: tuple[str, ...]) -> bool:
    return any(address.startswith(it) if it.endswith("/") else address == it for it in listed)


def _address(url: str) -> str:
    """Scheme, host and path of an https address in one spelling; empty for any other."""
    try:
        parts = urlsplit(url)
        is_plain = parts.scheme == "https" and parts.port in (None, 443) and "@" not in parts.netloc
    except ValueError:
        return ""
    hides = addresses.has_dots(parts.path) or _SLASHES.search(parts.path)
    return _spelled(parts) if is_plain and parts.hostname and not hides else ""


def _spelled(parts: SplitResult) -> str:
    return f"https://{(parts.hostname or '').lower()}{parts.path}"
