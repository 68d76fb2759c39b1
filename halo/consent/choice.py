"""What a person chooses on the consent page: the form as it opens, as it was sent, and the decision that it becomes."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from halo.consent import offers, places
from halo.consent.places import Place
from halo.contacts import customers
from halo.contacts.records import end_users
from halo.ground import scopes
from halo.ground.errors import Mistake
from halo.ground.permissions import Permission
from halo.ground.principal import SignedIn
from halo.ground.settings import Settings
from halo.oauth import grants, tokens
from halo.oauth.models import ConsentRequest

DURATIONS = {"1": "1 day", "30": "30 days", "90": "90 days", "": "Until I revoke it"}
"""Days of a consent, as the form names them -> words."""


@dataclass(frozen=True)
class Before:
    """What the person allowed this client here last, where that is still in force."""

    scopes: str
    duration: str
    """As the form names it."""
    customer: str
    """Whom it is bound to, as the form takes it; empty for all."""
    since: datetime.datetime
    known: offers.Known
    """The tools that they saw, where later ones are not included."""
    left_out: tuple[str, ...] = ()
    """Groups of tools that they left out."""


def before(row: ConsentRequest, here: Place) -> Before | None:
    """The person's newest live grant of this client in this workspace."""
    live = grants.of_person_and_client(here.member.person_id, row.client_row_id, here.workspace.id)
    if not live:
        return None
    grant = live[0]
    lasts = grant.expires_at - grant.created_at if grant.expires_at else None
    days = str(round(lasts / datetime.timedelta(days=1))) if lasts else ""
    return Before(
        grant.scopes,
        days if days in DURATIONS else "",
        _name_of(grant.end_user_id, here) if grant.end_user_id else "",
        grant.created_at,
        grant.known_tools,
        tuple(grant.left_out),
    )


def cards(row: ConsentRequest, here: Place, held: Before | None) -> tuple[offers.Card, ...]:
    """What is offered in this workspace."""
    asked = row.parameters["scope"]
    if held is None:
        return offers.cards(asked, caller=here.caller, before=None)
    return offers.cards(asked, caller=here.caller, before=held.scopes, known=held.known, left_out=held.left_out)


def prefilled(offered: Sequence[offers.Card], held: Before | None) -> Choice:
    """The form as it opens: everything that can be allowed, or what was allowed before."""
    return Choice(
        ticked=offers.ticked_at_first(offered),
        later=tuple(card.scope for card in offered if card.with_later),
        duration=held.duration if held else "",
        customer=held.customer if held else "",
        is_grouped=True,
    )


def _name_of(end_user_id: str, here: Place) -> str:
    """Their e-mail address where it names them alone, else the id, which `customers.named` takes as well."""
    if Permission.CONTACTS_VIEW not in here.permissions:
        return end_user_id
    found = end_users.find("id", end_user_id, principal=here.member)
    email = found[0]["email"] if found else None
    return str(email) if email and len(end_users.find("email", email, principal=here.member)) == 1 else end_user_id


@dataclass(frozen=True)
class Choice:
    """The fields of the form."""

    ticked: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    """Scopes that are to include what is added later."""
    workspace: str = ""
    duration: str = ""
    customer: str = ""
    is_grouped: bool = False
    """Whether a script kept wholes and parts in step (see `offers.chosen`)."""
    groups: offers.GroupTicks = field(default_factory=offers.GroupTicks)

    def granted(self, offered: Sequence[offers.Card]) -> tuple[str, ...]:
        """The scopes that the ticks allow."""
        chosen = offers.chosen(offered, self.ticked, later=self.later, is_grouped=self.is_grouped)
        return offers.without_emptied(chosen, offered, self.left_out(offered))

    def left_out(self, offered: Sequence[offers.Card]) -> list[str]:
        """The groups of tools that stay out of their scopes."""
        return self.groups.left_out(offered)

    def leaving(self, key: str, offered: Sequence[offers.Card]) -> Choice:
        """The same without a group of tools, wherever it stands: what follows the sentence about the risk."""
        about = {part.value for card in offered for part in card.groups if part.group.key == key}
        whole = {card.scope for card in offered if card.only_group == key}
        shown = {part.value for card in offered for part in card.groups}
        kept = {value for value in shown - about if value not in self.left_out(offered)}
        ticked = tuple(scope for scope in self.ticked if scope not in whole)
        return replace(self, ticked=ticked, groups=offers.GroupTicks(frozenset(shown), frozenset(kept)))

    def known(self, offered: Sequence[offers.Card]) -> dict[str, list[str]]:
        """The tools that exist now, of the scopes that are not to include later ones."""
        return offers.known(offered, self.granted(offered), later=self.later)


@dataclass(frozen=True)
class Consented:
    """What the person allowed."""

    row: ConsentRequest
    here: Place
    scope: str
    known: dict[str, list[str]]
    left_out: list[str]
    days: int | None
    end_user_id: str | None
    settings: Settings

    def code(self) -> str:
        """Make the grant and a code for it, inside the current change."""
        asked = self.row.parameters
        grant = grants.approve(
            self.row.client,
            workspace_id=self.here.workspace.id,
            scopes=self.scope,
            known_tools=self.known,
            left_out=self.left_out,
            resource=asked["resource"],
            redirect_uri=asked["redirect_uri"],
            days=self.days,
            end_user_id=self.end_user_id,
            principal=self.here.member,
        )
        return tokens.new_code(
            grant,
            redirect_uri=asked["redirect_uri"],
            was_sent=asked["redirect_uri_sent"],
            code_challenge=asked["code_challenge"],
            scope=self.scope,
            resource=asked["resource"],
            seconds=self.settings.code_seconds,
        )


def decision(row: ConsentRequest, choice: Choice, *, principal: SignedIn, settings: Settings) -> Consented:
    """What the form says as a decision; raises `Mistake` with the field that does not fit."""
    here = places.choose(
        places.open_to(row, principal=principal, settings=settings), choice.workspace, principal=principal
    )
    if here is None:
        raise Mistake("workspace", "Choose a workspace that you are a member of.")
    if here.refusal is not None:
        raise Mistake("workspace", f"{here.refusal.sentence} Who can lift it: {here.refusal.lifted_by}")
    offered = cards(row, here, before(row, here))
    scope = scopes.join(choice.granted(offered))
    if not scope:
        raise Mistake("scope", "Leave at least one permission ticked, or deny.")
    if choice.duration not in DURATIONS:
        raise Mistake("duration", "Choose how long.")
    end_user_id = customers.named(choice.customer, principal=here.member)
    days = int(choice.duration) if choice.duration else None
    out = choice.left_out(offered)
    return Consented(row, here, scope, choice.known(offered), out, days, end_user_id, settings)
