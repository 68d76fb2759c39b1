"""What a look at a server finds: a line for each stage, in words of ours, and what helps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import httpx

from halo.ground.database import now
from halo.ground.errors import UpstreamFailed
from halo.ground.outbound import overheard
from halo.ground.outbound.overheard import Encryption, Exchange
from halo.servers import eras
from halo.servers.client import Welcome
from halo.servers.discovery import Challenge, Place
from halo.servers.failures import NeedsSignIn

Verdict = Literal["ok", "warning", "failed", "skipped"]
STAGES = {
    "address": "Address", "tls": "Encryption", "http": "Answer", "challenge": "Sign-in",
    "resource": "Resource document", "issuer": "Authorization server", "era": "Protocol",
    "registration": "Registration", "tools": "Tools",
}  # fmt: skip
"""What is looked at, in order."""
SOON_DAYS = 14
"""A certificate that ends within so many days is worth a word."""
NO_SIGN_IN = "It asks for no sign-in."


@dataclass(frozen=True, slots=True)
class Found:
    """What one stage showed."""

    stage: str
    verdict: Verdict
    says: str
    remedy: str = ""
    """What helps, and who can do it; empty where nothing has to be done."""
    facts: tuple[tuple[str, str], ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    """The requests behind it."""

    @property
    def title(self) -> str:
        return STAGES[self.stage]


WAITS = {
    "era": "Known once Halo is signed in.", "tools": "Known once Halo is signed in.",
    "resource": "It names none.", "issuer": "It names none.", "registration": "Not needed for a token that you paste.",
}  # fmt: skip
REMEDIES = {
    "address": "Check the spelling. A server in a private network is reached where the operator of this Halo opened "
    "that network to connected servers (HALO_SERVER_NETWORKS).",
    "tls": "Its operator has to renew the certificate, or you use the name that it was made for.",
    "clear": "That is fine within a network of your own. Elsewhere ask its operator for https.",
    "ends": "Its operator has to renew it.",
    "http": "Check the path: many servers stand at /mcp. Is it running, and does it take requests from here?",
    "busy": "Wait, and look again.",
    "protocol": "Check the path: many servers stand at /mcp. What answers there does not speak MCP over HTTP.",
    "challenge": "Ask the vendor how to sign in; most such servers take a token that you paste.",
    "resource": "Paste a token of the vendor, or ask the vendor where to sign in.",
    "first": "Nothing: that is how the first revision of MCP signs in.",
    "issuer": "The vendor has to mend it. A token that you paste works without it.",
    "registration": "Ask its owner for a client id with the callback address below, and enter it.",
    "auth": "Sign in again, or paste another token.",
    "tools": "The vendor has to mend it.",
}


def remedy(refusal: UpstreamFailed, statuses: list[int]) -> str:
    """What helps against an answer that is none."""
    if statuses and (statuses[-1] == 429 or statuses[-1] >= 500):
        return REMEDIES["busy"]
    return REMEDIES.get(refusal.stage, REMEDIES["http"])


def encrypted(encryption: Encryption | None) -> Found:
    """The line of a connection that came about."""
    if encryption is None:
        return Found("tls", "warning", "It is spoken to in the clear.", REMEDIES["clear"])
    facts = (("Version", encryption.version), ("Valid until", encryption.ends.date().isoformat()))
    days = (encryption.ends - now()).days
    if days < SOON_DAYS:
        return Found("tls", "warning", f"Its certificate ends in {days} days.", REMEDIES["ends"], facts)
    return Found("tls", "ok", "It is encrypted, and its certificate is valid.", facts=facts)


def challenged(refusal: NeedsSignIn, told: Challenge) -> Found:
    """The line of a sign-in that is asked for."""
    named = (("Resource document", told.resource_metadata), ("Scope", told.scope), ("Error", told.error))
    facts = tuple((name, overheard.visible(value)) for name, value in named if value)
    if told.resource_metadata:
        return Found("challenge", "ok", f"It asks for a sign-in ({refusal.status}) and says where.", facts=facts)
    return Found(
        "challenge",
        "warning",
        f"It asks for a sign-in ({refusal.status}) and does not say where.",
        REMEDIES["challenge"],
        facts,
    )


def placed(place: Place, resource: tuple[Exchange, ...], issuer: tuple[Exchange, ...]) -> Iterator[Found]:
    """The lines of the documents that say where to sign in."""
    if place.is_described:
        facts = (("Resource", overheard.visible(place.resource)), ("Scopes", _words(place.scopes)))
        yield Found("resource", "ok", "Its document is for this address.", facts=facts, exchanges=resource)
    else:
        yield Found("resource", "warning", "It has no document of its own.", REMEDIES["first"], exchanges=resource)
    named = (
        ("Issuer", overheard.visible(place.issuer.issuer)),
        ("Scopes", _words(place.issuer.scopes)),
        ("Client authentication", _words(place.issuer.methods)),
        ("Its answers name it", "yes" if place.issuer.tells_issuer else "no"),
    )
    host = httpx.URL(place.issuer.issuer).host
    yield Found("issuer", "ok", f"You sign in at {host}.", facts=named, exchanges=issuer)


def spoken(welcome: Welcome) -> Found:
    """The line of what it speaks."""
    facts = (("It calls itself", overheard.visible(welcome.name)),) if welcome.name else ()
    kind = "stateless" if eras.is_modern(welcome.version) else "with a handshake"
    return Found("era", "ok", f"It speaks MCP {welcome.version}, {kind}.", facts=facts)


def _words(values: tuple[str, ...] | None) -> str:
    return overheard.visible(", ".join(values or ())) or "none named"
