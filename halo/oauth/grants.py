"""Grants: what one person allowed one client in one workspace. Approving, superseding, ending, noting their use.

A new approval supersedes the person's earlier grant of the same registration, workspace and redirect URI, and no
other (S-49). Two things follow from whose id it is:
- a dynamic registration belongs to one install, so a loopback redirect counts as the same on any port;
- a metadata document's id is shared by every install of the application, and on loopback or an application scheme
  nothing tells two computers apart, so such a client's grants are never superseded (S-24). They end with their time,
  by revocation, or when their refresh token is 90 days idle.
"""

from __future__ import annotations

import datetime

from sqlalchemy import select, update

from halo.ground.database import db, now, one_change
from halo.ground.per_app import PerApp
from halo.ground.principal import Member, Principal, SignedIn
from halo.ground.recent import Seldom
from halo.ledger import changes
from halo.oauth import admission, redirects
from halo.oauth.models import AuthorizationCode, Grant, OAuthClient, SecurityEvent, Token

TOUCH_SECONDS = 60
REFRESH_REFUSED = "refresh_refused"
_touched: PerApp[Seldom[str]] = PerApp(lambda: Seldom(TOUCH_SECONDS))


def approve(
    client: OAuthClient,
    *,
    workspace_id: str,
    scopes: str,
    known_tools: dict[str, list[str]],
    left_out: list[str],
    resource: str,
    redirect_uri: str,
    days: int | None,
    end_user_id: str | None,
    principal: Member,
) -> Grant:
    """A new grant of the person; ends the one that it supersedes. Belongs inside `one_change`.

    Raises `Denied(client_not_admitted)`, whoever asks and however they came.
    """
    admission.check(client, workspace_id)
    for old in superseded(client, workspace_id=workspace_id, redirect_uri=redirect_uri, person_id=principal.person_id):
        end(old, "superseded", principal=principal)
    grant = Grant(
        workspace_id=workspace_id,
        person_id=principal.person_id,
        client_row_id=client.id,
        scopes=scopes,
        known_tools=known_tools,
        left_out=left_out,
        end_user_id=end_user_id,
        resource=resource,
        redirect_uri=redirect_uri,
        expires_at=now() + datetime.timedelta(days=days) if days else None,
    )
    db.session.add(grant)
    db.session.flush()
    changes.record(
        "grant.approved",
        workspace_id=workspace_id,
        principal=principal,
        subject=("grant", grant.id, client.name),
        after={"scopes": scopes, "days": days, "end_user_id": end_user_id, "redirect_uri": redirect_uri}
        | ({"left_out": left_out} if left_out else {}),
    )
    return grant


def superseded(client: OAuthClient, *, workspace_id: str, redirect_uri: str, person_id: str) -> list[Grant]:
    """The live grants that a new one with this redirect URI takes the place of."""
    if client.kind == "cimd":
        return []
    live = of_person_and_client(person_id, client.id, workspace_id)
    return [grant for grant in live if redirects.same(grant.redirect_uri, redirect_uri)]


def of_person_and_client(person_id: str, client_row_id: str, workspace_id: str) -> list[Grant]:
    """The person's live grants of this client in the workspace, newest first."""
    return list(
        db.session.scalars(
            select(Grant)
            .where(
                Grant.person_id == person_id,
                Grant.client_row_id == client_row_id,
                Grant.workspace_id == workspace_id,
                Grant.revoked_at.is_(None),
            )
            .order_by(Grant.id.desc())
        )
    )


def end(grant: Grant, why: str, *, principal: Principal | SignedIn | None, by: str = "") -> None:
    """Mark the grant, its tokens and its code as over, inside the current change."""
    if grant.revoked_at is not None:
        return
    grant.revoked_at, grant.revoked_why = now(), why
    session = db.session
    for rows in (
        update(Token).where(Token.grant_id == grant.id, Token.revoked_at.is_(None)).values(revoked_at=now()),
        update(AuthorizationCode)
        .where(AuthorizationCode.grant_id == grant.id, AuthorizationCode.used_at.is_(None))
        .values(used_at=now()),
    ):
        session.execute(rows, execution_options={"synchronize_session": False})
    changes.record(
        "grant.revoked",
        workspace_id=grant.workspace_id,
        principal=principal,
        by=by,
        subject=("grant", grant.id, label(grant)),
        before={"scopes": grant.scopes},
        why=why,
    )


def of_person(workspace_id: str, person_id: str) -> list[Grant]:
    """Every live grant of the person in the workspace."""
    mine = (Grant.workspace_id == workspace_id, Grant.person_id == person_id, Grant.revoked_at.is_(None))
    return list(db.session.scalars(select(Grant).where(*mine)))


def end_for_replay(grant: Grant, kind: str) -> None:
    """Somebody presented what was used before: end the connection and leave a security event (RFC 9700 4.14)."""
    db.session.add(
        SecurityEvent(
            workspace_id=grant.workspace_id,
            kind=kind,
            grant_id=grant.id,
            details={"client": grant.client.client_id, "was_live": grant.revoked_at is None},
        )
    )
    if grant.revoked_at is None:
        changes.record(
            "token.replayed",
            workspace_id=grant.workspace_id,
            principal=None,
            by=label(grant),
            subject=("grant", grant.id, label(grant)),
        )
    end(grant, kind, principal=None, by=label(grant))


def note_refused_refresh(grant: Grant) -> None:
    """Count a refresh that was refused although nobody ended the connection, inside the current change.

    At most one a minute for each connection.
    """
    if grant.revoked_at is not None:
        return
    recent = select(SecurityEvent.id).where(
        SecurityEvent.workspace_id == grant.workspace_id,
        SecurityEvent.grant_id == grant.id,
        SecurityEvent.kind == REFRESH_REFUSED,
        SecurityEvent.at > now() - datetime.timedelta(minutes=1),
    )
    if db.session.scalar(recent.limit(1)) is None:
        db.session.add(SecurityEvent(workspace_id=grant.workspace_id, kind=REFRESH_REFUSED, grant_id=grant.id))


def label(grant: Grant) -> str:
    """The connection's name for people."""
    return grant.name or grant.client.name


def touch(grant_id: str) -> None:
    """Note that the connection was used, at most once a minute per process."""
    if not _touched.get().is_due(grant_id):
        return
    with one_change() as session:
        session.execute(
            update(Grant).where(Grant.id == grant_id).values(last_used_at=now()),
            execution_options={"synchronize_session": False},
        )
