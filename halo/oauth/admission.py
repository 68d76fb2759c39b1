"""Which applications may connect to a workspace: known ones, any valid one, or none, for each way of registering.

Asked at consent and, below every door, when a grant is made (`halo.oauth.grants.approve`); a token comes only of a
grant. What is connected already goes on: a change of the policy ends nothing. Personal access tokens are made by a
member for a script, name no application, and are not asked.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from halo.ground.database import db, insert_into, now, one_change
from halo.ground.errors import Denied, Mistake, Reason
from halo.ground.permissions import Permission, demand
from halo.ground.principal import Member, WorkspaceFacts
from halo.ground.text.folding import fold
from halo.ground.words import Word
from halo.ledger import changes
from halo.oauth import known_clients, redirects
from halo.oauth.models import AdmissionPolicy, ClientSighting, Grant, OAuthClient

KINDS = ("cimd", "dcr")
REMEMBERED = datetime.timedelta(days=30)


class Admits(Word):
    """Whom a workspace lets connect in one way of registering."""

    KNOWN = "known", "Only apps on Halo's checked list."
    ANY = "any", "Any app that registers correctly. A person still has to allow it."
    OFF = "off", "No app of this kind may connect."


_BY_WORD = {word.value: word for word in Admits}


@dataclass(frozen=True)
class Admission:
    """What a workspace decided, or the default where it decided nothing."""

    cimd: Admits = Admits.ANY
    dcr: Admits = Admits.ANY

    def admits(self, kind: str, is_known: bool) -> bool:
        """Whether an application that registered in this way may connect."""
        if kind not in KINDS:
            return True
        wanted: Admits = getattr(self, kind)
        return wanted is Admits.ANY or (wanted is Admits.KNOWN and is_known)

    def words(self) -> dict[str, str]:
        """As it is kept in `changes`."""
        return {kind: getattr(self, kind).value for kind in KINDS}


@dataclass(frozen=True)
class Verdict:
    """One application under a new policy, for the page that shows what a change would do."""

    name: str
    kind: str
    is_known: bool
    connections: int
    """Live ones, which go on either way."""
    seen_at: datetime.datetime
    was_admitted: bool
    is_admitted: bool

    @property
    def changes(self) -> bool:
        return self.was_admitted != self.is_admitted


def policy_of(workspace_id: str) -> Admission:
    """What the workspace decided."""
    row = db.session.get(AdmissionPolicy, workspace_id, populate_existing=True)
    return Admission(_BY_WORD[row.cimd], _BY_WORD[row.dcr]) if row else Admission()


def policy(words: Iterable[tuple[str, str]]) -> Admission:
    """The policy that a form asks for; raises `Mistake` for a word that there is not."""
    chosen = dict(words)
    for kind in KINDS:
        if chosen.get(kind) not in _BY_WORD:
            raise Mistake(kind, "Choose known apps, any valid app or off.")
    return Admission(_BY_WORD[chosen["cimd"]], _BY_WORD[chosen["dcr"]])


def is_known(client: OAuthClient) -> bool:
    """Whether the application is on the checked list, by what it cannot make up (`halo.oauth.known_clients`).

    Every web address that it may be answered at has to be the vendor's, or the list would admit a stranger who adds
    the vendor's address to their own.
    """
    if client.kind == "cimd":
        return known_clients.verified_by(client.client_id, "") is not None
    web = [uri for uri in client.redirect_uris if redirects.destination(uri).kind == "web"]
    return bool(web) and all(known_clients.verified_by("", uri) for uri in web)


def refusal(client: OAuthClient, workspace: WorkspaceFacts | str) -> Reason | None:
    """Why this application may not be connected to the workspace now; None where it may."""
    identity = workspace if isinstance(workspace, str) else workspace.id
    return None if policy_of(identity).admits(client.kind, is_known(client)) else Reason.client_not_admitted


def check(client: OAuthClient, workspace_id: str) -> None:
    """Raise `Denied(client_not_admitted)` where no new grant may be made."""
    if reason := refusal(client, workspace_id):
        raise Denied(reason)


def note(client: OAuthClient, workspace_id: str) -> None:
    """Remember that the application asked for this workspace; those that are turned away leave no other trace."""
    if client.kind not in KINDS:
        return
    values = {"name": client.name, "is_known": is_known(client), "seen_at": now()}
    key = {"workspace_id": workspace_id, "kind": client.kind, "application": application_of(client)}
    statement = insert_into(ClientSighting).values(**key, **values)
    with one_change() as session:
        session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))


def dry_run(wanted: Admission, *, principal: Member) -> list[Verdict]:
    """The applications of this workspace, connected or seen at consent in the last 30 days, under another policy.

    Those for which something would change come first.
    """
    workspace_id = _managed(principal)
    today, found = policy_of(workspace_id), dict(_sightings(workspace_id))
    found |= _connected(workspace_id, found)
    verdicts = [
        Verdict(name, kind, known, live, seen, today.admits(kind, known), wanted.admits(kind, known))
        for (kind, _), (name, known, live, seen) in found.items()
    ]
    return sorted(verdicts, key=lambda it: (not it.changes, fold(it.name), it.kind))


def change(wanted: Admission, *, principal: Member) -> Admission:
    """Decide from now on; what is connected goes on."""
    workspace_id = _managed(principal)
    with one_change() as session:
        before = policy_of(workspace_id)
        if before == wanted:
            return wanted
        session.merge(AdmissionPolicy(workspace_id=workspace_id, **wanted.words()))
        changes.record(
            "admission.changed",
            workspace_id=workspace_id,
            principal=principal,
            subject=("workspace", workspace_id, principal.workspace_name),
            before=before.words(),
            after=wanted.words(),
        )
    return wanted


Seen = tuple[str, bool, int, datetime.datetime]
"""Name, whether it is known, live connections, when it was seen last."""


def _sightings(workspace_id: str) -> Iterable[tuple[tuple[str, str], Seen]]:
    rows = select(ClientSighting).where(
        ClientSighting.workspace_id == workspace_id, ClientSighting.seen_at > now() - REMEMBERED
    )
    for row in db.session.scalars(rows):
        yield (row.kind, row.application), (row.name, row.is_known, 0, row.seen_at)


def _connected(workspace_id: str, seen: dict[tuple[str, str], Seen]) -> dict[tuple[str, str], Seen]:
    rows = select(Grant, OAuthClient).join(OAuthClient, OAuthClient.id == Grant.client_row_id)
    recent = Grant.revoked_at.is_(None) | (Grant.created_at > now() - REMEMBERED)
    found: dict[tuple[str, str], Seen] = {}
    wanted = rows.where(Grant.workspace_id == workspace_id, OAuthClient.kind.in_(KINDS), recent)
    for grant, client in db.session.execute(wanted.order_by(Grant.id)):
        key = (client.kind, application_of(client))
        held = found.get(key) or seen.get(key)
        at = max(grant.created_at, held[3]) if held else grant.created_at
        live = (held[2] if held else 0) + (grant.revoked_at is None)
        found[key] = (client.name, is_known(client), live, at)
    return found


def application_of(client: OAuthClient) -> str:
    """What makes registrations one application for a list: a document's address, else the name and whether known.

    An application that registers itself does so on every connect, so its client id says nothing.
    """
    return client.client_id[:300] if client.kind == "cimd" else f"{client.name}|{is_known(client)}"


def _managed(principal: Member) -> str:
    demand(Permission.APPS_MANAGE, principal=principal)
    return principal.workspace_id
