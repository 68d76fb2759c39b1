"""Personal access tokens: for scripts, named, with an end, never refreshable; same prefix, scopes and gate as others.

They belong to one client row of Halo's own, so that every look-up of a token is the same. The text is shown once.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable

from sqlalchemy import select

from halo.contacts import customers
from halo.ground import scopes
from halo.ground.database import db, now, one_change
from halo.ground.errors import Mistake
from halo.ground.permissions import Permission
from halo.ground.principal import Member
from halo.ground.settings import Settings
from halo.ground.telemetry.measures import TOKENS
from halo.ground.text import names
from halo.ledger import changes
from halo.oauth import tokens
from halo.oauth.authorization import SCOPE_WORDS
from halo.oauth.models import Grant, OAuthClient
from halo.workspaces import members

CLIENT_ID = "halo_client_personal"
LONGEST_NAME = 100
DAYS = (7, 30, 90, 365)
"""What the page offers; the command line takes any number up to the last."""


def create(
    name: str,
    *,
    words: Iterable[str],
    days: int,
    workspace_id: str,
    person_id: str,
    principal: Member | None,
    settings: Settings,
    customer: str = "",
    permissions: Iterable[str] = (),
    lendable: Collection[Permission] = (),
) -> tuple[Grant, str]:
    """A grant of the person to themselves and its one token, in the clear for this once; raises `Mistake`.

    The words are taken as they are: a read scope beside `actions:*` that was left out stays out, as at consent.
    `customer` binds it to one end user, by e-mail, external id or id. `permissions` are what it may do with the API: of
    those for which a door is there (`lendable`), as far as the person holds them.
    """
    name = names.chosen(name, "name", LONGEST_NAME)
    if not 1 <= days <= DAYS[-1]:
        raise Mistake("days", f"Choose 1 to {DAYS[-1]} days.")
    held = members.held(members.get(workspace_id, person_id))
    lent = _lent(permissions, lendable, held)
    scope = _allowed(words, held, needs_one=not lent)
    if lent and customer.strip():
        raise Mistake("customer", "A token for one customer holds no permissions of the workspace.")
    end_user_id = customers.named(customer, principal=principal)
    text = tokens.new_text(tokens.ACCESS)
    with one_change() as session:
        grant = Grant(
            workspace_id=workspace_id,
            person_id=person_id,
            client_row_id=_client().id,
            kind="personal",
            name=name,
            scopes=scope,
            permissions=lent,
            end_user_id=end_user_id,
            resource=settings.mcp_url,
            expires_at=now() + datetime.timedelta(days=days),
        )
        session.add(grant)
        session.flush()
        tokens.keep(grant, "access", text, scope, grant.resource, days * 86400)
        changes.record(
            "token.created",
            workspace_id=workspace_id,
            principal=principal,
            subject=("grant", grant.id, name),
            after={"scopes": scope, "days": days}
            | ({"permissions": " ".join(lent)} if lent else {})
            | ({"end_user_id": end_user_id} if end_user_id else {}),
        )
    TOKENS.add("personal")
    return grant, text


def _lent(words: Iterable[str], lendable: Collection[Permission], held: Collection[Permission]) -> list[str]:
    """The permissions in their order; raises `Mistake` for one that no door asks for, or that the person lacks."""
    asked = set(words)
    offered = {it.value: it for it in Permission if it in lendable}
    for word in sorted(asked):
        if word not in offered:
            there = f"known: {' '.join(offered)}." if offered else "there is no API here that asks for one."
            raise Mistake("permissions", f"A token holds no permission {word!r}; {there}")
        if offered[word] not in held:
            raise Mistake("permissions", f"The permission {word} is not held here, so no token can have it.")
    return [word for word in offered if word in asked]


def _allowed(words: Iterable[str], held: Collection[Permission], *, needs_one: bool) -> str:
    """The scopes in canonical form; raises `Mistake` for an unknown one and for one above the person's ceiling."""
    asked = list(words)
    if len(asked) > SCOPE_WORDS:
        raise Mistake("scopes", f"Choose at most {SCOPE_WORDS} scopes.")
    unknown = [word for word in asked if not scopes.is_known(word)]
    if unknown or (needs_one and not asked):
        known = " ".join(scopes.ADVERTISED)
        raise Mistake(
            "scopes",
            f"There is no scope {unknown[0]!r}; known: {known}." if unknown else f"Choose at least one of {known}.",
        )
    for word in scopes.canonical(asked):
        needed = scopes.ceiling(word)
        if needed is not None and needed not in held:
            raise Mistake("scopes", f"The scope {word} needs the permission {needed.value}.")
    return scopes.join(asked)


def _client() -> OAuthClient:
    row = db.session.scalar(select(OAuthClient).where(OAuthClient.client_id == CLIENT_ID))
    if row is None:
        row = OAuthClient(client_id=CLIENT_ID, kind="personal", name="Personal access token")
        db.session.add(row)
        db.session.flush()
    return row
