"""Who is asking: frozen facts, loaded once per request or taken from a cache that a version counter guards.

A `Member` opens pages. A `Caller` calls tools: an application that a person connected (`Client`), an AI agent in a
conversation (`AgentRun`), or a person who tries a tool from a page (`Trying`). What the gate, `halo.perform`, the tools
and the log need of a caller is this contract; nothing but the gate's table asks which kind it is.

The rule that must not break: `customer=None` sees all customers. An agent never has it, a person only with the
permission; a visitor whose identity nobody proved is bound to `NOBODY`.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from halo.ground.errors import Reason
from halo.ground.modes import EXTERNAL, Mode
from halo.ground.permissions import Permission, Role


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A person in a browser, by session cookie, who is in no workspace: they begin one, or follow an invitation."""

    person_id: str
    name: str
    email: str
    is_operator: bool
    session_id: str

    @property
    def called(self) -> str:
        """By whom a change of theirs was made, in words."""
        return self.email


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
    currency: str = "USD"
    """In what the workspace counts revenue."""
    lacks_two_factor: bool = False
    """The workspace asks everybody for two-factor sign-in, and this person has none: no door of it opens."""

    def may(self, permission: Permission) -> bool:
        """Whether this person holds the permission in the workspace that the browser looks at."""
        return permission in self.permissions

    @property
    def customer(self) -> Nobody | None:
        """Every customer for a person with the permission, else nobody."""
        return None if self.may(Permission.CONTACTS_VIEW) else NOBODY

    @property
    def called(self) -> str:
        """By whom a change of theirs was made, in words."""
        return self.email


@dataclass(frozen=True, slots=True)
class Customer:
    """The one end user that a caller is bound to; tools show nothing of anybody else."""

    end_user_id: str
    external_id: str | None
    email: str | None
    company_id: str | None
    is_proven: bool = field(default=False, compare=False)
    """Whether they proved who they are themselves; else a teammate chose whom the caller is held to."""

    def value_of(self, attribute: str) -> str | None:
        """`id`, `external_id`, `email` or `company_id`, as tools name them."""
        return self.end_user_id if attribute == "id" else getattr(self, attribute)


@dataclass(frozen=True, slots=True)
class Nobody:
    """Stands where a customer stands, for a visitor whose identity nobody proved: no record is theirs."""

    end_user_id: str = ""
    """Which no end user has."""

    external_id: None = None
    email: None = None
    company_id: None = None

    def value_of(self, attribute: str) -> str | None:
        """Nothing, of whatever tools ask for."""
        return None if attribute == "id" else getattr(self, attribute)


NOBODY = Nobody()
Kind = Literal["mcp", "agent", "dashboard"]
"""Of a caller, as the log says it."""
IntegrationState = Literal["connected", "sign_in_needed", "actions_off"]
"""Of an integration that a workspace has; of one that it does not have there is none."""


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
    integrations: Mapping[str, IntegrationState] = field(default_factory=dict, hash=False)
    """State of every integration that the workspace has."""
    integration_names: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What people call those that they named."""
    modes: Mapping[str, Mapping[str, Mode]] = field(default_factory=dict, hash=False)
    """Holder of switches -> action or tool -> how it may be called, where a person decided (`mode_of`)."""
    flags_off: dict[str, SwitchedOff] = field(default_factory=dict, hash=False)
    """Flags that an operator's decision has off now."""
    agents_off: Mapping[str, Reason] = field(default_factory=dict, hash=False)
    """AI agents that call nothing now, by id, each with why."""
    catalogue: str = ""
    """What the workspace's tools depend on besides the declared ones; empty where it has none but those."""
    good_until: float = math.inf
    """Seconds since the epoch: when a flag begins or ends by itself, and the facts have to be read again."""

    def mode_of(self, holder: str, name: str, starts: Mode) -> Mode:
        """How this holder may call this action or tool: as a person decided, else as it `starts`."""
        decided = self.modes.get(holder)
        return (decided.get(name) if decided else None) or starts


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls tools: what the line, the tools and the log need of them, whoever they are."""

    kind: ClassVar[Kind]
    limit: ClassVar[str]
    """Name of the limit of their own, in `halo.ground.limits`."""

    workspace: WorkspaceFacts
    customer: Customer | Nobody | None = NOBODY
    """Whose data they may see: one end user's, nobody's, or with None all."""

    @property
    def workspace_id(self) -> str:
        return self.workspace.id

    @property
    def time_zone(self) -> str:
        return self.workspace.time_zone

    @property
    def currency(self) -> str:
        return self.workspace.currency

    @property
    def holder(self) -> str:
        """The holder of switches whose modes count; empty for one whom no switch holds back."""
        return ""

    @property
    def counted_as(self) -> str:
        """Whom the limit of their own counts."""
        raise NotImplementedError

    @property
    def called(self) -> str:
        """Who acts, in words."""
        raise NotImplementedError

    @property
    def spoken(self) -> str:
        """The same with whom they act for, where that is somebody else."""
        return self.called

    def limits(self, further: str | None = None) -> dict[str, str]:
        """Limit -> whom it counts, in the order in which they are asked: their own, the tool's `further` one, and only
        where those have room the workspace's."""
        own = dict.fromkeys((self.limit, further) if further else (self.limit,), self.counted_as)
        return {**own, "calls_per_workspace": self.workspace.id}

    def columns(self) -> dict[str, Any]:
        """Their columns of a row of the log."""
        return {"end_user_id": self.customer.end_user_id or None if self.customer is not None else None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Client(Caller):
    """An OAuth client that acts for a person under a grant, by bearer token."""

    kind: ClassVar[Kind] = "mcp"
    limit: ClassVar[str] = "calls_per_client"

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
    customer: Customer | Nobody | None = None
    known_tools: dict[str, frozenset[str]] = field(default_factory=dict, hash=False)
    """Scope -> the tools that were there when the person allowed it; a scope without them includes what comes later."""
    left_out: frozenset[str] = frozenset()
    """Groups of tools that the person left out of a scope (`halo.ground.groups.place`)."""

    @property
    def holder(self) -> str:
        """All AI clients of a workspace are one holder."""
        return EXTERNAL

    @property
    def counted_as(self) -> str:
        return self.grant_id

    @property
    def called(self) -> str:
        return self.client_name

    @property
    def spoken(self) -> str:
        return f"{self.client_name} for {self.person_name}"

    def columns(self) -> dict[str, Any]:
        return Caller.columns(self) | {
            "client_id": self.client_row_id,
            "grant_id": self.grant_id,
            "person_id": self.person_id,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRun(Caller):
    """One turn of an AI agent in a conversation. It holds no scopes: what it may call are its own switches."""

    kind: ClassVar[Kind] = "agent"
    limit: ClassVar[str] = "calls_per_conversation"

    agent_id: str
    agent_name: str
    conversation_id: str
    turn_id: str
    customer: Customer | Nobody = NOBODY
    """The end user whom the conversation is with, where somebody proved who they are."""
    approved: str = ""
    """Digest of the one call that a teammate approved (`halo.gate.digest_of`); empty for none."""
    started_by: str | None = None
    """The person who ran it from the agent's page, for the log; None where a conversation did."""

    def __post_init__(self) -> None:
        if self.customer is None:
            raise ValueError("an agent never sees all customers: bind it to one, or to NOBODY")

    @property
    def person_id(self) -> None:
        """Nobody of the team: the agent acts by itself."""
        return None

    @property
    def holder(self) -> str:
        return self.agent_id

    @property
    def counted_as(self) -> str:
        """The conversation: who floods one talks to nobody else's agent."""
        return self.conversation_id

    @property
    def called(self) -> str:
        return self.agent_name

    def columns(self) -> dict[str, Any]:
        return Caller.columns(self) | {
            "agent_id": self.agent_id,
            "conversation_id": self.conversation_id,
            "turn_id": self.turn_id,
            "person_id": self.started_by,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Trying(Caller):
    """A person who tries a tool from a page, as themselves. What stands between an application and a workspace (a flag,
    scopes, switches) is not asked of a person at their own desk; their permissions are, and that they are sure."""

    kind: ClassVar[Kind] = "dashboard"
    limit: ClassVar[str] = "trials_per_person"

    person_id: str
    person_name: str
    is_member: bool
    permissions: frozenset[Permission]
    is_sure: bool = False
    """Whether the person said, of this very call, that it may change something."""

    @property
    def counted_as(self) -> str:
        return self.person_id

    @property
    def called(self) -> str:
        return self.person_name

    def columns(self) -> dict[str, Any]:
        return Caller.columns(self) | {"person_id": self.person_id}


SignedIn = Member | Newcomer
"""A person in a browser, wherever they are."""
Principal = Member | Client | AgentRun | Trying
"""Whoever asks inside a workspace."""
