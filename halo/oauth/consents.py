"""Consent: the transaction between `/authorize` and the person's answer, and the answer itself.

It lives in the database, so any worker can take the next step. It is answered once; for `REPLAY_SECONDS` the same
person gets the same answer again, so that a double press or the browser's Back is harmless (interop.md S-31). The
stored answer is encrypted, and the code in it dies on its own.
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import delete, select

from halo import scopes, vault
from halo.contacts import end_users
from halo.database import db, now, one_change
from halo.errors import Mistake, NotFound
from halo.oauth import customers, grants, offers, places, tokens
from halo.oauth.models import ConsentRequest, OAuthClient
from halo.oauth.places import Place
from halo.permissions import Permission
from halo.principal import Member
from halo.settings import Settings

REPLAY_SECONDS = 60
KEPT = datetime.timedelta(hours=1)
"""How long a request that is over can still be begun again; anybody may open one, so none stays for good."""
DURATIONS = {"1": "1 day", "30": "30 days", "90": "90 days", "": "Until I revoke it"}
"""Days of a consent, as the form names them -> words."""
RESTART = ("response_type", "client_id", "state", "scope", "code_challenge", "code_challenge_method", "resource")


def open_request(client: OAuthClient, parameters: Mapping[str, Any], *, settings: Settings) -> str:
    """Keep a checked authorization request until the person has decided; its name in the consent page's address."""
    text = secrets.token_urlsafe(32)
    with one_change() as session:
        forget_dead()
        session.add(
            ConsentRequest(
                digest=vault.digest(text),
                client_row_id=client.id,
                parameters=dict(parameters),
                expires_at=now() + datetime.timedelta(seconds=settings.consent_seconds),
            )
        )
    return text


def forget_dead() -> None:
    """Forget requests that have been over for a while, answered or not, inside the current change."""
    db.session.execute(
        delete(ConsentRequest).where(ConsentRequest.expires_at < now() - KEPT),
        execution_options={"synchronize_session": False},
    )


def find(text: str, *, lock: bool = False) -> ConsentRequest:
    """The request of this name, in whatever state; raises NotFound."""
    wanted = select(ConsentRequest).where(ConsentRequest.digest == vault.digest(text))
    row = db.session.scalar(wanted.with_for_update() if lock else wanted)
    if row is None:
        raise NotFound("request for consent")
    return row


def state_of(row: ConsentRequest, *, principal: Member) -> Literal["open", "answered", "over"]:
    """Whether it waits for an answer, has one that can be given again, or is over."""
    if row.decided_at is None:
        return "open" if row.expires_at > now() else "over"
    recent = now() - row.decided_at <= datetime.timedelta(seconds=REPLAY_SECONDS)
    return "answered" if recent and row.person_id == principal.person_id else "over"


def answer_of(row: ConsentRequest) -> str:
    """Where the decision led."""
    return vault.open(row.answer or "")


def grant_of(row: ConsentRequest) -> str | None:
    """The id of the grant that the decision made; None where the person denied."""
    code = parse_qs(urlsplit(answer_of(row)).query).get("code")
    return tokens.grant_of_code(code[-1]) if code else None


def restart(row: ConsentRequest) -> dict[str, str]:
    """The parameters that begin the same authorization again."""
    kept = {name: row.parameters.get(name) for name in RESTART}
    if row.parameters.get("redirect_uri_sent"):
        kept["redirect_uri"] = row.parameters["redirect_uri"]
    return {name: value for name, value in kept.items() if value}


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


def before(row: ConsentRequest, here: Place, *, principal: Member) -> Before | None:
    """The person's newest live grant of this client in this workspace."""
    live = grants.of_person_and_client(principal.person_id, row.client_row_id, here.workspace.id)
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
    )


def cards(row: ConsentRequest, here: Place, held: Before | None) -> tuple[offers.Card, ...]:
    """What is offered in this workspace."""
    asked = row.parameters["scope"]
    if held is None:
        return offers.cards(asked, caller=here.caller, before=None)
    return offers.cards(asked, caller=here.caller, before=held.scopes, known=held.known)


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

    def granted(self, offered: Sequence[offers.Card]) -> tuple[str, ...]:
        """The scopes that the ticks allow."""
        return offers.chosen(offered, self.ticked, later=self.later, is_grouped=self.is_grouped)

    def known(self, offered: Sequence[offers.Card]) -> dict[str, list[str]]:
        """The tools that exist now, of the scopes that are not to include later ones."""
        return offers.known(offered, self.granted(offered), later=self.later)


@dataclass(frozen=True)
class Decision:
    """What the person allowed."""

    row: ConsentRequest
    here: Place
    scope: str
    known: dict[str, list[str]]
    days: int | None
    end_user_id: str | None
    principal: Member
    settings: Settings

    def code(self) -> str:
        """Make the grant and a code for it, inside the current change."""
        asked = self.row.parameters
        grant = grants.approve(
            self.row.client,
            workspace_id=self.here.workspace.id,
            scopes=self.scope,
            known_tools=self.known,
            resource=asked["resource"],
            redirect_uri=asked["redirect_uri"],
            days=self.days,
            end_user_id=self.end_user_id,
            principal=self.principal,
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


def decision(row: ConsentRequest, choice: Choice, *, principal: Member, settings: Settings) -> Decision:
    """What the form says as a decision; raises `Mistake` with the field that does not fit."""
    here = places.choose(places.of(row, principal=principal, settings=settings), choice.workspace, principal=principal)
    if here is None:
        raise Mistake("workspace", "Choose a workspace that you are a member of.")
    if here.refusal is not None:
        raise Mistake("workspace", f"{here.refusal.sentence} Who can lift it: {here.refusal.lifted_by}")
    offered = cards(row, here, before(row, here, principal=principal))
    scope = scopes.join(choice.granted(offered))
    if not scope:
        raise Mistake("scope", "Leave at least one permission ticked, or deny.")
    if choice.duration not in DURATIONS:
        raise Mistake("duration", "Choose how long.")
    end_user_id = customers.named(choice.customer, principal=here.member)
    days = int(choice.duration) if choice.duration else None
    return Decision(row, here, scope, choice.known(offered), days, end_user_id, principal, settings)


def decide(row: ConsentRequest, location: str, *, principal: Member) -> None:
    """Note the answer, inside the current change."""
    row.person_id, row.decided_at, row.answer = principal.person_id, now(), vault.seal(location)
