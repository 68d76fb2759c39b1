"""Editing what a connection may do, without connecting again: in force on its very next call.

A token carries what was allowed at the last consent, the grant what is allowed now, and a call has what both allow
(`halo.authenticate`). So an edit is one column, and it never reaches beyond that consent: for more, the app asks again.
Only the person who consented takes back an edit; an admin narrows the connections of others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from halo import authenticate
from halo.apps import connections
from halo.consent import offers
from halo.flags.vocabulary import MCP_SERVER
from halo.ground import scopes
from halo.ground.database import one_change
from halo.ground.errors import Mistake
from halo.ground.principal import Member
from halo.ledger import changes
from halo.oauth.grants import label
from halo.oauth.models import Grant

LATER, OUT = "with_later_tools", "left_out"
"""What a change calls the scopes that include what is added later, and the groups of tools that are left out."""


def widest(grant: Grant, *, principal: Member) -> str:
    """The most that this person may let the connection do."""
    is_theirs = grant.person_id == principal.person_id
    return (grant.consented or grant.scopes) if is_theirs else grant.scopes


def cards(grant: Grant, *, principal: Member) -> tuple[offers.Card, ...]:
    """A card for each scope of the last consent; ticked is what is in force."""
    caller = authenticate.of_grant(grant.id)
    facts = caller.workspace
    # A flag or an absent person refuses every call, but what is allowed can still be edited.
    caller = replace(caller, workspace=replace(facts, flags=facts.flags | {MCP_SERVER}))
    return offers.cards(
        widest(grant, principal=principal),
        caller=caller,
        before=grant.scopes,
        known=grant.known_tools,
        left_out=grant.left_out,
    )


def change(
    grant_id: str,
    ticked: Iterable[str],
    *,
    later: Collection[str] | None = None,
    left_out: Collection[str] | None = None,
    principal: Member,
    is_grouped: bool = True,
) -> Grant:
    """Allow exactly what is ticked, of what may be (`is_grouped`: see `offers.chosen`); raises `Mistake` where nothing
    is left.

    `later` are the read scopes that are to include what is added later, `left_out` the groups of tools that are to stay
    out of theirs; None leaves that as it is.
    """
    with one_change():
        grant = connections.get(grant_id, principal=principal)
        before, had_later, had_out = grant.scopes, with_later(grant.scopes, grant.known_tools), grant.left_out
        offered = cards(grant, principal=principal)
        out = had_out if left_out is None else _left_out(grant, left_out, principal)
        after = _allowed(grant, offered, frozenset(ticked), principal, is_grouped)
        after = scopes.join(offers.without_emptied(after.split(), offered, out))
        if not after:
            raise Mistake("scope", "Leave at least one permission on; to end the connection, revoke it.")
        known = grant.known_tools if later is None else _known(grant, offered, after, later, principal)
        has_later = with_later(after, known)
        if (after, has_later, out) == (before, had_later, had_out):
            return grant
        consented = grant.consented or before
        grant.scopes, grant.consented, grant.known_tools = after, "" if after == consented else consented, known
        grant.left_out = out
        was = {LATER: had_later} if had_later != has_later else {}
        becomes = {LATER: has_later} if had_later != has_later else {}
        if had_out != out:
            was, becomes = was | {OUT: had_out}, becomes | {OUT: out}
        changes.record(
            "grant.narrowed",
            workspace_id=grant.workspace_id,
            principal=principal,
            subject=("grant", grant.id, label(grant)),
            before={"scopes": before} | was,
            after={"scopes": after} | becomes,
        )
    return grant


def _left_out(grant: Grant, wanted: Collection[str], principal: Member) -> list[str]:
    """What stays out: only the person who consented puts a group back."""
    is_theirs = grant.person_id == principal.person_id
    return sorted(wanted if is_theirs else {*wanted, *grant.left_out})


def with_later(words: str, known: offers.Known) -> list[str]:
    """The read scopes among these that include what is added later."""
    return [scope for scope in words.split() if scope in scopes.READ_SCOPES and scope not in known]


def _known(
    grant: Grant, offered: Sequence[offers.Card], after: str, later: Collection[str], principal: Member
) -> dict[str, list[str]]:
    """The tools of each scope that is not to include later ones: those known before, or those that exist now."""
    held = grant.known_tools
    is_theirs = grant.person_id == principal.person_id
    included = {scope for scope in later if is_theirs or scope not in held}
    known = offers.known(offered, after.split(), later=()) | held
    return {scope: names for scope, names in known.items() if scope not in included}


def _allowed(
    grant: Grant, offered: Sequence[offers.Card], ticked: frozenset[str], principal: Member, is_grouped: bool
) -> str:
    """What the ticks amount to. What the person cannot decide now (their permission is gone) stays as it was."""
    chosen = offers.chosen(offered, ticked, later=ticked, is_grouped=is_grouped)
    held = grant.scopes.split()
    kept = [word for card in offered if card.refusal for word in held if scopes.covers([card.scope], word)]
    return scopes.join(scopes.narrow(widest(grant, principal=principal).split(), {*chosen, *kept}))
