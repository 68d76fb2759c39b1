"""A person in the dashboard tries one read-only tool as themselves: a sample before consent, a call made again.

The call walks the same line as a client's (`halo.perform`): the workspace's flags and switches, the person's own
permissions, the limits, the audit row. The row says `dashboard` and names the person, no client and no grant; the
limit of a client counts the person instead.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from halo import catalogue, facts, perform
from halo.ground.errors import Denied, Reason
from halo.ground.principal import Client, Member
from halo.perform import Context, Performed

SECONDS = 60
"""How long such a principal is good; it is made for one call."""


def run(
    name: str,
    arguments: Mapping[str, Any],
    *,
    member: Member,
    scopes: frozenset[str] | None = None,
    context: Context | None = None,
) -> Performed:
    """Call a read-only tool as this person, in the workspace that they look at.

    It holds exactly the tool's own scope, or `scopes` where they are given. Raises `Denied` as a call does, and for
    a tool that changes something; what does not fit or fails comes back as an answer with `is_error`.
    """
    context = context or Context(time.perf_counter_ns())
    principal = caller(member, scopes or frozenset())
    wanted = catalogue.of(principal.workspace).find(name)
    if scopes is None and wanted is not None:
        principal = replace(principal, scopes=frozenset({wanted.scope}))
    if wanted is not None and not (wanted.read_only or wanted.destructive):
        perform.record_refusal(principal, Reason.trial_changes, context, name[:128])
        raise Denied(Reason.trial_changes)
    return perform.perform(name, arguments, principal=principal, context=context)


def caller(member: Member, scopes: frozenset[str]) -> Client:
    """The person as the gate would see a client of theirs with these scopes."""
    return Client(
        token_id="",
        grant_id="",
        client_row_id="",
        client_name="the dashboard",
        person_id=member.person_id,
        person_name=member.name,
        person_email=member.email,
        is_member=member.role is not None,
        is_paused=False,
        permissions=member.permissions,
        scopes=scopes,
        resource="",
        expires_at=time.time() + SECONDS,
        workspace=facts.now_of(member.workspace_id),
        caller="dashboard",
    )
