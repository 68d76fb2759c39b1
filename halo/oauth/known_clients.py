"""Applications that we know: whoever's answer goes to one of these addresses is the application that it says it is.

A name is chosen by the application itself, so only two things verify it: its metadata document is served by the
vendor's own host, or its answer goes to an address that only the vendor holds. Loopback and custom schemes verify
nothing: any program on the computer can claim them.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

SINCE = "November 2026"


@dataclass(frozen=True)
class KnownClient:
    """A vendor's application and the hosts that only the vendor holds."""

    name: str
    hosts: frozenset[str]


KNOWN = (
    KnownClient("Claude", frozenset({"claude.ai", "claude.com", "www.claude.ai", "www.claude.com"})),
    KnownClient("ChatGPT", frozenset({"chatgpt.com", "chat.openai.com"})),
    KnownClient("Cursor", frozenset({"www.cursor.com", "cursor.com"})),
    KnownClient("VS Code", frozenset({"vscode.dev", "insiders.vscode.dev"})),
    KnownClient("Copilot Studio", frozenset({"global.consent.azure-apim.net"})),
)


def of_host(host: str) -> KnownClient | None:
    """The known application that this host belongs to."""
    return next((known for known in KNOWN if host.lower() in known.hosts), None)


def verified_by(client_id: str, redirect_uri: str) -> str | None:
    """Why the client is the known application that it looks like, as a sentence; None where nothing shows it."""
    document, answer = urlsplit(client_id), urlsplit(redirect_uri)
    if document.scheme == "https" and (known := of_host(document.hostname or "")):
        return f"Its document is served by {document.hostname}, on our checked list as {known.name} since {SINCE}."
    if answer.scheme == "https" and (known := of_host(answer.hostname or "")):
        return f"Its answer goes to {answer.hostname}, on our checked list as {known.name} since {SINCE}."
    return None
