"""Consent: the transaction between `/authorize` and the person's answer, and the answer itself.

It lives in the database, so any worker can take the next step. It is answered once; for `REPLAY_SECONDS` the same
person gets the same answer again, so that a double press or the browser's Back is harmless (interop.md S-31). The
stored answer is encrypted, and the code in it dies on its own.
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlencode

from sqlalchemy import delete, select

from halo import scopes, vault
from halo.contacts import end_users
from halo.database import db, now, one_change
from halo.errors import Mistake, NotFound, Reason
from halo.flags import service as flags
from halo.flags.catalogue import MCP_SERVER
from halo.oauth import admission, grants, offers, resources, tokens
from halo.oauth.models import ConsentRequest, OAuthClient
from halo.permissions import Permission
from halo.principal import Member
from halo.settings import Settings
from halo.workspaces import members, workspaces
from halo.workspaces.models import Workspace

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


def restart_query(row: ConsentRequest) -> str:
    """The query that begins the same authorization again."""
    kept = {name: row.parameters.get(name) for name in RESTART}
    if row.parameters.get("redirect_uri_sent"):
        kept["redirect_uri"] = row.parameters["redirect_uri"]
    return urlencode({name: value for name, value in kept.items() if value})


@dataclass(frozen=True)
class Place:
    """A workspace in which the person can allow something."""

    workspace: Workspace
    permissions: frozenset[Permission]
    flag_on: bool
    refusal: Reason | None = None
    """Why this application may not be connected here at all (`halo.oauth.admission`)."""


def places(row: ConsentRequest, *, principal: Member, settings: Settings) -> list[Place]:
    """The person's workspaces; only the one that the resource names, where it is an alias."""
    slug = resources.slug_of(settings, row.parameters["resource"])
    found = []
    for workspace, _role in workspaces.of_person(principal.person_id):
        if slug in (None, workspace.slug):
            permissions = members.held(members.get(workspace.id, principal.person_id))
            refusal = admission.refusal(row.client, workspace.id)
            found.append(Place(workspace, permissions, flags.is_on(MCP_SERVER, workspace_id=workspace.id), refusal))
    return found


def place(found: Iterable[Place], wanted: str | None, *, principal: Member) -> Place | None:
    """The wanted workspace; without a wish the one that the browser looks at, or the first."""
    by_slug = {it.workspace.slug: it for it in found}
    if wanted:
        return by_slug.get(wanted)
    return by_slug.get(principal.workspace_slug) or next(iter(by_slug.values()), None)


def before(row: ConsentRequest, here: Place, *, principal: Member) -> str | None:
    """What the person allowed this client here last, where that is still in force."""
    live = grants.of_person_and_client(principal.person_id, row.client_row_id, here.workspace.id)
    return live[0].scopes if live else None


def cards(row: ConsentRequest, here: Place, *, principal: Member) -> tuple[offers.Card, ...]:
    """What is offered in this workspace."""
    return offers.cards(
        row.parameters["scope"],
        permissions=here.permissions,
        flag_on=here.flag_on,
        before=before(row, here, principal=principal),
    )


@dataclass(frozen=True)
class Decision:
    """What the person allowed."""

    row: ConsentRequest
    here: Place
    scope: str
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


def decision(
    row: ConsentRequest, *, ticked: Iterable[str], workspace: str, duration: str, customer: str,
    principal: Member, settings: Settings,
) -> Decision:  # fmt: skip
    """The form's fields as a decision; raises `Mistake` with the field that does not fit."""
    here = place(places(row, principal=principal, settings=settings), workspace, principal=principal)
    if here is None:
        raise Mistake("workspace", "Choose a workspace that you are a member of.")
    if here.refusal is not None:
        raise Mistake("workspace", f"{here.refusal.sentence} Who can lift it: {here.refusal.lifted_by}")
    scope = scopes.join(offers.chosen(cards(row, here, principal=principal), ticked))
    if not scope:
        raise Mistake("scope", "Leave at least one permission ticked, or deny.")
    if duration not in DURATIONS:
        raise Mistake("duration", "Choose how long.")
    end_user_id = _customer(customer.strip(), here, principal)
    return Decision(row, here, scope, int(duration) if duration else None, end_user_id, principal, settings)


def _customer(words: str, here: Place, principal: Member) -> str | None:
    if not words:
        return None
    if Permission.CONTACTS_VIEW not in here.permissions:
        raise Mistake("customer", "You may not see customers in this workspace.")
    there = replace(principal, workspace_id=here.workspace.id, permissions=here.permissions)
    for by in ("email", "external_id", "id"):
        found = end_users.find(by, words, principal=there)
        if len(found) > 1:
            raise Mistake("customer", "Several customers have this e-mail; name one by external id or id.")
        if found:
            return str(found[0]["id"])
    raise Mistake("customer", "There is no customer with this e-mail, external id or id in the workspace.")


def decide(row: ConsentRequest, location: str, *, principal: Member) -> None:
    """Note the answer, inside the current change."""
    row.person_id, row.decided_at, row.answer = principal.person_id, now(), vault.seal(location)
