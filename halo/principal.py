"""Who is asking: frozen facts, loaded once per request or taken from a cache that a version counter guards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from halo.permissions import Permission, Role


@dataclass(frozen=True, slots=True)
class Member:
    """A person in a browser, by session cookie; `workspace_id` is None for one who is in no workspace."""

    person_id: str
    name: str
    email: str
    is_operator: bool
    session_id: str
    workspace_id: str | None = None
    workspace_slug: str = ""
    workspace_name: str = ""
    role: Role | None = None
    permissions: frozenset[Permission] = frozenset()

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
class WorkspaceFacts:
    """What the gate needs to know of a workspace; good while its state version stands still."""

    id: str
    slug: str
    name: str
    flags: frozenset[str]
    """Names of the flags that are on."""
    limits: dict[str, int] = field(default_factory=dict, hash=False)
    """Overrides of the default limits."""
    audit_payloads: str = "redacted"
    connected: frozenset[str] = frozenset()
    """Integrations that are connected with Actions mode on."""
    switched_off: frozenset[str] = frozenset()
    """Actions (`<integration>:<action>`) that the External clients row has off."""


@dataclass(frozen=True, slots=True)
class Client:
    """An OAuth client that acts for a person under a grant, by bearer token."""

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

    caller: Literal["mcp"] = "mcp"

    @property
    def workspace_id(self) -> str:
        return self.workspace.id


Principal = Member | Client
