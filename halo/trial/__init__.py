"""A person in the dashboard tries one tool as themselves: a sample before consent, a call made again, *Try it*.

The call walks the same line as everybody's (`halo.perform`): the gate asks the questions that its table has for a
person at a page (their membership, their permissions, that the tool changes nothing or that they said of this very call
that it may), the person's own limit counts it, the log gets its row. What holds applications back is not asked: neither
the flag of the MCP server, nor scopes, nor the switches of external clients. Whoever shows a trial in the place of what
an application would get (consent's samples) asks for those first. `halo.trial.fields` makes the form of it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from halo import facts, perform
from halo.ground.principal import Member, Trying
from halo.perform import Answered, Context, Refusal


def run(
    name: str, arguments: Mapping[str, Any], *, member: Member, is_sure: bool = False, context: Context | None = None
) -> Answered | Refusal:
    """Call a tool as this person, in the workspace that they look at.

    What comes back is what a call gives; a tool that changes something is refused where the person is not `is_sure` of
    this very call, and a destructive one always.
    """
    context = context or Context(time.perf_counter_ns())
    return perform.perform(name, arguments, principal=caller(member, is_sure=is_sure), context=context)


def caller(member: Member, *, is_sure: bool = False) -> Trying:
    """The person as a caller."""
    return Trying(
        person_id=member.person_id,
        person_name=member.name,
        is_member=member.role is not None,
        permissions=member.permissions,
        workspace=facts.now_of(member.workspace_id),
        customer=member.customer,
        is_sure=is_sure,
    )
