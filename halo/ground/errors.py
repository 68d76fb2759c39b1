"""What can go wrong, as four families that know no web framework.

Services raise these; each door translates them into its own language (a page, an OAuth error, a JSON-RPC error, a
tool result). Only the sentences written here and at the raise site ever reach a person or a model.
"""

from __future__ import annotations

from enum import Enum
from typing import Any


class Reason(Enum):
    """Why a call or a page was refused: HTTP status, what happened, and who can lift it.

    Which question each answers, of whom it is asked and in which order, says the table of `halo.gate`.
    """

    credential_missing = (401, "No access token was sent.", "Sign in from the client again.")
    credential_unknown = (401, "The access token is not known.", "Sign in from the client again.")
    credential_expired = (401, "The access token has expired.", "The client refreshes it, or signs in again.")
    credential_revoked = (401, "The access token was revoked.", "Sign in from the client again.")
    audience_mismatch = (401, "The access token was issued for another address.", "Sign in at this address.")
    flag_off = (403, "The MCP server is switched off for this workspace.", "An operator of this Halo instance.")
    person_inactive = (403, "The person who allowed this is not an active member.", "An admin of the workspace.")
    agent_paused = (403, "This agent is paused.", "Who may edit agents, on AI Agents.")
    agent_archived = (403, "This agent is archived.", "Who may edit agents, by restoring it on AI Agents.")
    grant_paused = (403, "This connection is paused.", "The person who allowed it, on Connected apps.")
    tool_unknown = (400, "There is no such tool.", "Call tools/list for the tools of this connection.")
    permission_missing = (403, "The person behind this lacks the permission.", "An admin, on Team.")
    trial_changes = (
        403,
        "This may change something, and nobody confirmed this very call.",
        "The person who tries it, by confirming the call.",
    )
    integration_missing = (403, "The integration is not connected.", "An admin, on Integrations.")
    integration_signed_out = (
        403,
        "The integration has to be signed in to again.",
        "An admin, by signing in to it on Integrations.",
    )
    integration_actions_off = (
        403,
        "The actions of the integration are switched off.",
        "An admin, by switching them on under Integrations.",
    )
    integration_off = (403, "The integration is not connected, or its actions are off.", "An admin, on Integrations.")
    """Of rows of the log that are older than the three above; nothing is refused for it any more."""
    external_servers_off = (
        403,
        "Connected MCP servers are switched off for this workspace.",
        "An operator of this Halo instance.",
    )
    toggle_off = (403, "This action is switched off.", "An admin, on AI Agents > Actions.")
    scope_missing = (
        403,
        "The connection was not granted the scope for this.",
        "The person who connected it, on Connected apps or by connecting again.",
    )
    tool_added_later = (
        403,
        "This tool was added after the connection was allowed.",
        "The person who connected it, on Connected apps or by connecting again.",
    )
    group_declined = (
        403,
        "The person who connected this left this group of tools out.",
        "The person who connected it, on Connected apps or by connecting again.",
    )
    customer_mismatch = (
        403,
        "This connection is bound to one customer.",
        "The person who connected it, by connecting again.",
    )
    customer_unproven = (
        403,
        "This concerns a customer, and nobody proved which customer is asking.",
        "The customer, by signing in where the conversation takes place.",
    )
    customer_incomplete = (
        403,
        "This is locked to something that is not known of the customer.",
        "A teammate, by completing what is kept of the customer.",
    )
    tool_unsorted = (
        403,
        "Nobody has said yet whose data this tool reaches.",
        "Who manages integrations, by sorting it on the server's page.",
    )
    customer_token_invalid = (401, "The customer token is not valid.", "The application that signs it.")
    rate_limited = (429, "Too many calls in a short time.", "Time: the answer says when to try again.")
    client_not_admitted = (403, "This workspace does not let this app connect.", "An admin, on Connected apps.")
    arguments_invalid = (422, "The arguments do not fit.", "The caller, with a corrected argument.")
    approval_wanted = (
        403,
        "A teammate has to approve this first.",
        "Nobody yet: approvals are not here in this release, so such a call is refused.",
    )
    signed_out = (401, "You are signed out.", "Sign in.")
    no_workspace = (403, "You are in no workspace.", "Ask an admin for an invitation.")
    two_factor_missing = (
        403,
        "This workspace asks everybody for two-factor sign-in, and you have none.",
        "You, under Your account.",
    )
    operator_only = (403, "This page is for the operators of this Halo instance.", "An operator.")
    csrf_failed = (403, "This form is out of date.", "Send it again from a fresh page.")
    signature_invalid = (401, "This delivery is not signed as it must be.", "Its sender, with the right secret.")
    origin_refused = (403, "Requests from this web origin are not accepted.", "An operator, with HALO_ORIGINS.")

    @property
    def status(self) -> int:
        """The HTTP status that goes with this reason."""
        return self.value[0]

    @property
    def sentence(self) -> str:
        """What happened, for a person."""
        return self.value[1]

    @property
    def lifted_by(self) -> str:
        """Who or what can lift the refusal."""
        return self.value[2]


class HaloError(Exception):
    """The family of errors whose message a person may read."""

    message: str

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Denied(HaloError):
    """The caller may not; `reason` says why, `details` carries what the door needs (scopes, retry_after)."""

    def __init__(self, reason: Reason, message: str | None = None, **details: Any) -> None:
        super().__init__(message or reason.sentence)
        self.reason = reason
        self.details = details


class Mistake(HaloError):
    """The caller's input does not fit: `field` names it, `message` says what would be accepted."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Taken(Mistake):
    """The input fits, and something else stands in its place already, or came in between."""


class NotFound(HaloError):
    """There is no such thing for this caller; another workspace's things do not exist either."""

    def __init__(self, what: str) -> None:
        super().__init__(f"There is no such {what}.")
        self.what = what


class TooSlow(HaloError):
    """The database was asked for more than it answers in the time that a call has."""

    def __init__(self) -> None:
        super().__init__(
            "This takes longer than a call may. Narrow it down: fewer days, one customer, or less at a time."
        )


class Busy(HaloError):
    """As much of this is under way as the process does at a time; `retry_after` seconds say when to try again."""

    word = "busy"
    """What machines are told."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(f"{message} Try again in {retry_after} s.")
        self.retry_after = retry_after


LEAVE_NOTHING = frozenset({"address", "tls", "refresh", "auth", "scope"})
"""Stages of a failed request to somebody else before which nothing can have happened there."""


class UpstreamFailed(HaloError):
    """A service outside Halo failed at `stage` (address, tls, http, refresh, auth, scope, protocol, schema)."""

    def __init__(self, stage: str, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.stage = stage
        self.left_nothing = stage in LEAVE_NOTHING
        """Whether certainly nothing happened there; whoever knows more than the stage tells says so."""
        self.detail = detail
        """What the log keeps of it, for people who look into it; never shown to whoever called."""
