"""Who is asking: frozen facts, loaded once per request or taken from a cache that a version counter guards."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass, field
from typing import Literal

from halo.ground.permissions import Permission, Role


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A person in a browser, by session cookie, who is in no workspace: they begin one, or follow an invitation."""

    person_id: str
    name: str
    email: str
    is_operator: bool
    session_id: str


@dataclass(frozen=True, slots=True)
class Member:
    """A person in a browser, by session cookie, in the workspace that the browser looks at."""

    person_id: str
    name: str
    email: str
    is_operator: bool
    session_id: str
    workspace_id: str
    workspace_slug: str = ""
    workspace_name: str = ""
    role: Role | None = None
    permissions: frozenset[Permission] = frozenset()
    time_zone: str = "UTC"
    """The workspace's, in which its days begin."""
    lacks_two_factor: bool = False
    """The workspace asks everybody for two-factor sign-in, and this person has none: no door of it opens."""

    caller: Literal["dashboard"] = "dashboard"

    def may(self, permission: Permission) -> bool:
        """Whether this person holds the permission in the workspace that the browser looks at."""
        return permission in self.permissions


@dataclass(frozen=True, slots=True)
class Customer:
    """The one end user that a caller is bound to; tools show nothing of anybody else."""

    end_user_id: str
    external_id: str | None
    email: str | None
    company_id: str | None

    def value_of(self, attribute: str) -> str | None:
        """`id`, `external_id`, `email` or `company_id`, as tools name them."""
        return self.end_user_id if attribute == "id" else getattr(self, attribute)


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """What an operator says to those whom a flag refuses."""

    message: str
    """Plain text; may be empty."""
    until: datetime.datetime | None
    """When the flag comes back by itself."""


@dataclass(frozen=True, slots=True)
class WorkspaceFacts:
    """What the gate needs to know of a workspace; good while its state version stands still, until `good_until`."""

    id: str
    slug: str
    name: str
    flags: frozenset[str]
    """Names of the flags that are on."""
    limits: dict[str, int] = field(default_factory=dict, hash=False)
    """Overrides of the default limits."""
    audit_payloads: str = "redacted"
    currency: str = "USD"
    time_zone: str = "UTC"
    """In which the workspace's days begin."""
    connected: frozenset[str] = frozenset()
    """Integrations that are connected with Actions mode on."""
    switched_off: frozenset[str] = frozenset()
    """Names of the tools that the External clients row of AI Agents has off."""
    flags_off: dict[str, SwitchedOff] = field(default_factory=dict, hash=False)
    """Flags that an operator's decision has off now."""
    catalogue: str = ""
    """What the workspace's tools depend on besides the declared ones; empty where it has none but those."""
    good_until: float = math.inf
    """Seconds since the epoch: when a flag begins or ends by itself, and the facts have to be read again."""


@dataclass(frozen=True, slots=True)
class Client:
    """An OAuth client that acts for a person under a grant, by bearer token; or that person, trying a tool."""

    token_id: str
    grant_id: str
    client_row_id: str
    client_name: str
    person_id: str
    person_name: str
    person_email: str
    is_member: bool
    """Whether the person is an active member of the workspace now."""
    is_paused: bool
    permissions: frozenset[Permission]
    scopes: frozenset[str]
    resource: str
    expires_at: float
    """Seconds since the epoch."""
    workspace: WorkspaceFacts
    customer: Customer | None = None
    known_tools: dict[str, frozenset[str]] = field(default_factory=dict, hash=False)
    """Scope -> the tools that were there when the person allowed it; a scope without them includes what comes later."""
    left_out: frozenset[str] = frozenset()
    """Groups of tools that the person left out of a scope (`halo.ground.groups.place`)."""

    caller: Literal["mcp", "dashboard"] = "mcp"
    """`dashboard` where a person tries a tool from a page (`halo.trial`): there is no token, client or grant then."""

    @property
    def workspace_id(self) -> str:
        return self.workspace.id

    @property
    def time_zone(self) -> str:
        return self.workspace.time_zone

    @property
    def counted_as(self) -> str:
        """Whom the limits of one client count."""
        return self.grant_id or self.person_id


SignedIn = Member | Newcomer
"""A person in a browser, wherever they are."""
Principal = Member | Client
"""Whoever asks inside a workspace."""
