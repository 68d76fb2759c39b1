"""The scope grammar: what a client may be granted, what implies what, and a sentence for each.

    docs:read | setup:read | data:read | actions:* | actions:<integration>:* | actions:<integration>:<action>

`actions:*` implies the three read scopes; the narrower `actions:` forms imply only their own parts. A granted set is
stored in canonical form: sorted words, expanded by `expand` at consent so that a deselected scope stays out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from halo.ground.permissions import Permission

READ_SCOPES = ("docs:read", "setup:read", "data:read")
ALL_ACTIONS = "actions:*"
DEFAULT_SCOPE = " ".join(READ_SCOPES)
"""What a client gets when it asks for nothing."""
ADVERTISED = (*READ_SCOPES, ALL_ACTIONS)
"""What the metadata documents list."""
OFFLINE = "offline_access"
"""Listed and accepted for clients that ask for it; a refresh token is issued either way and nothing is granted."""

SENTENCES = {
    "docs:read": ("Read Halo's documentation", "Search and read the public product documentation."),
    "setup:read": ("Help set up the widget", "Hand out install snippets and identity samples for this workspace."),
    "data:read": ("Read customer data", "Look up customers, companies, leads, tickets and conversations."),
    "actions:*": ("Act in connected tools", "Create and update records in the integrations that are connected."),
}
"""Scope -> (title, sentence) for the consent page."""

NO_NAMES: Mapping[str, str] = MappingProxyType({})
_ACTION = re.compile(r"actions:(?:\*|[a-z][a-z0-9_]{0,31}:(?:\*|[A-Za-z0-9_][A-Za-z0-9_./-]{0,127}))")


def is_known(scope: str) -> bool:
    """Whether the word belongs to the grammar."""
    return scope in READ_SCOPES or _ACTION.fullmatch(scope) is not None


def parse(text: str | None) -> tuple[str, ...]:
    """Known scopes of a space-separated list, once each, in canonical order; unknown words are dropped."""
    return canonical(word for word in (text or "").split() if is_known(word))


def canonical(scopes: Iterable[str]) -> tuple[str, ...]:
    """One order for one set: read scopes first, then actions by name."""
    words = set(scopes)
    reads = [scope for scope in READ_SCOPES if scope in words]
    return (*reads, *sorted(word for word in words if word not in READ_SCOPES))


def join(scopes: Iterable[str]) -> str:
    """The canonical set as it goes over the wire and into the database."""
    return " ".join(canonical(scopes))


def expand(scopes: Iterable[str]) -> tuple[str, ...]:
    """The set with what `actions:*` implies, as consent offers it."""
    words = set(scopes)
    return canonical(words | set(READ_SCOPES)) if ALL_ACTIONS in words else canonical(words)


def covers(granted: Iterable[str], needed: str) -> bool:
    """Whether a granted set allows one needed scope; wildcards cover what stands under them."""
    words = granted if isinstance(granted, (set, frozenset)) else set(granted)
    if needed in words:
        return True
    if not needed.startswith("actions:"):
        return False
    integration = needed.split(":")[1]
    return ALL_ACTIONS in words or f"actions:{integration}:*" in words


def narrow(granted: Iterable[str], asked: Iterable[str]) -> tuple[str, ...]:
    """The asked scopes that the granted set covers (RFC 6749 section 6: a refresh may only shrink)."""
    words = frozenset(granted)
    return canonical(scope for scope in asked if covers(words, scope))


def intersect(one: Iterable[str], other: Iterable[str]) -> frozenset[str]:
    """What both sets allow: of a wildcard and what stands under it, the narrower stays."""
    first, second = frozenset(one), frozenset(other)
    return frozenset(narrow(first, second)) | frozenset(narrow(second, first))


def ceiling(scope: str) -> Permission | None:
    """The permission that a person needs so that a grant of theirs may hold this scope; None: membership."""
    if scope == "data:read":
        return Permission.CONTACTS_VIEW
    if scope.startswith("actions:"):
        return Permission.INTEGRATIONS_VIEW
    return None


def describe(scope: str, names: Mapping[str, str] = NO_NAMES) -> tuple[str, str]:
    """(title, sentence) for the consent page; `names` are those of integrations that people named."""
    if scope in SENTENCES:
        return SENTENCES[scope]
    _, integration, action = scope.split(":")
    name = names.get(integration) or integration.replace("_", " ").capitalize()
    if action == "*":
        return f"Act in {name}", f"Every action of {name} that can be undone."
    return f"{name}: {action.replace('_', ' ')}", f"This one action of {name}."
