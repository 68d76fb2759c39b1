"""A refusal in this door's language: HTTP status, challenge, and a JSON-RPC error with a code of our own.

The codes lie outside the range that JSON-RPC reserves, and start with the HTTP status that they go with.
"""

from __future__ import annotations

from mcp_types.jsonrpc import INVALID_PARAMS

from halo.gate.table import INTEGRATION
from halo.ground import scopes, spoken
from halo.ground.errors import Denied, Reason
from halo.ground.limits import Allowance
from halo.ground.principal import Client, SwitchedOff
from halo.ground.settings import Settings
from halo.ground.telemetry.measures import REFUSALS
from halo.mcp.protocol import Problem
from halo.oauth.challenge import NOT_GRANTED, www_authenticate
from halo.tool import Answer

CODES = {
    Reason.credential_missing: 40101,
    Reason.credential_unknown: 40102,
    Reason.credential_expired: 40103,
    Reason.credential_revoked: 40104,
    Reason.audience_mismatch: 40105,
    Reason.flag_off: 40301,
    Reason.person_inactive: 40302,
    Reason.grant_paused: 40303,
    Reason.permission_missing: 40304,
    Reason.scope_missing: 40305,
    Reason.customer_mismatch: 40306,
    Reason.customer_token_invalid: 40307,
    Reason.origin_refused: 40308,
    Reason.integration_missing: 40309,
    Reason.toggle_off: 40310,
    Reason.tool_added_later: 40311,
    Reason.integration_signed_out: 40312,
    Reason.integration_actions_off: 40313,
    Reason.group_declined: 40314,
    Reason.customer_unproven: 40315,
    Reason.external_servers_off: 40316,
    Reason.customer_incomplete: 40317,
    Reason.tool_unsorted: 40318,
    Reason.rate_limited: 42901,
    Reason.tool_unknown: INVALID_PARAMS,
}
"""Every reason that this door can meet, and its JSON-RPC error code."""
AS_RESULT = frozenset({
    *INTEGRATION, Reason.toggle_off, Reason.group_declined, Reason.customer_mismatch, Reason.customer_unproven,
    Reason.customer_incomplete, Reason.tool_unsorted, Reason.external_servers_off, Reason.approval_wanted,
})  # fmt: skip
"""Refusals of a call that a model can explain to its person; the others are errors of the protocol."""
_STATUSES = {Reason.customer_token_invalid: 403}
"""The customer token is not the client's credential: after a 401 a client would sign in again, in vain."""


def as_answer(denied: Denied) -> Answer:
    """The refusal of a call as its result; raises it where it belongs to the protocol."""
    if denied.reason not in AS_RESULT:
        raise denied
    return Answer(denied.message, is_error=True)


def problem(denied: Denied, *, settings: Settings, path: str, query: str, client: Client | None) -> Problem:
    """The error that tells a client of the refusal; `path` and `query` are where it knocked."""
    reason = denied.reason
    REFUSALS.add("mcp", reason.name)
    status = _STATUSES.get(reason, reason.status)
    headers: dict[str, str] = {}
    if status == 401 or reason in NOT_GRANTED:
        scope = _scope_wanted(denied, client)
        headers["WWW-Authenticate"] = www_authenticate(settings, reason=reason, path=path, query=query, scope=scope)
    if reason is Reason.rate_limited:
        headers["Retry-After"] = str(denied.details["retry_after"])
        allowance: Allowance = denied.details["allowance"]
        headers |= allowance.headers()
    link = _where_granted(denied, client, settings)
    return Problem(
        CODES[reason],
        f"{denied.message} {link['link']}" if link else denied.message,
        status=status,
        legacy_status=200 if reason is Reason.tool_unknown else None,
        data={"reason": reason.name, "remedy": reason.lifted_by} | _said_by_operators(denied) | link,
        headers=headers,
    )


def _where_granted(denied: Denied, client: Client | None, settings: Settings) -> dict[str, str]:
    """What a call was not granted, and the page of the connection on which its person can grant it."""
    if denied.reason not in NOT_GRANTED or client is None or not client.grant_id:
        return {}
    return {"scope": denied.details["scope"], "link": f"{settings.base_url}/dashboard/apps/{client.grant_id}"}


def _said_by_operators(denied: Denied) -> dict[str, str]:
    """What came with a flag's refusal, each for itself: the operators' message, and when the flag comes back."""
    off: SwitchedOff | None = denied.details.get("switched_off")
    if off is None:
        return {}
    told = {"message": off.message, "until": spoken.iso(off.until) if off.until else ""}
    return {name: words for name, words in told.items() if words}


def _scope_wanted(denied: Denied, client: Client | None) -> str | None:
    """What is granted and what this call needs, so that a client that asks for it loses nothing (RFC 6750, 3.1)."""
    needed = denied.details.get("scope")
    if needed is None:
        return None
    return scopes.join({*(client.scopes if client else ()), needed})
