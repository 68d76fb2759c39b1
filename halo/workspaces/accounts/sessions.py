"""Signing in and out, and the browsers that are signed in."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Iterable

from sqlalchemy import Select, delete, func, select, update

from halo.ground import settings, vault
from halo.ground.database import db, now, one_change
from halo.ground.errors import NotFound
from halo.ground.per_app import PerApp
from halo.ground.principal import SignedIn
from halo.ground.recent import Seldom
from halo.ground.text import names
from halo.workspaces.accounts import passwords
from halo.workspaces.models import BrowserSession, Membership, PendingSignIn, Person, Workspace

SEEN_EVERY = 600
"""Seconds between two notes that a browser was seen; finer would write on every page."""
in_use: PerApp[Seldom[str]] = PerApp(lambda: Seldom(SEEN_EVERY))
"""The browsers that were noted lately."""


def sign_in(email: str, password: str) -> Person | None:
    """The person with this address and password; None, after the same work, where either is wrong, or the account
    is closed."""
    person = db.session.scalar(select(Person).where(Person.email == names.address_key(email)))
    kept = person.password_digest if person is not None and person.deactivated_at is None else None
    if not passwords.matches(kept, password) or person is None or kept is None:
        return None
    if passwords.is_outdated(kept):
        digest = passwords.digest(password)
        with one_change():
            person.password_digest = digest
    return person


def start(
    person_id: str,
    *,
    workspace_id: str | None = None,
    address: str = "",
    user_agent: str = "",
    second_factor: bool = False,
) -> str:
    """Sign a browser in; returns the token for its cookie, of which only the digest is kept.

    Without a workspace the browser looks at the one that the person saw last, or their first. `second_factor` says
    that its person proved it just now.
    """
    token = _new_token()
    with one_change() as session:
        session.add(
            BrowserSession(
                digest=vault.digest(token),
                person_id=person_id,
                workspace_id=workspace_id or _usual_workspace(person_id),
                expires_at=_end(),
                address=address[:64],
                user_agent=user_agent[:300],
                second_factor_at=now() if second_factor else None,
            )
        )
    return token


def renew(session_id: str) -> str:
    """The second factor was proved in this browser just now: a new token for its cookie; the old one is worthless."""
    token = _new_token()
    with one_change() as session:
        held = session.get_one(BrowserSession, session_id)
        held.digest, held.second_factor_at = vault.digest(token), now()
    return token


def end(session_id: str, *, person_id: str) -> None:
    """Sign one browser of the person out; raises NotFound for anybody else's."""
    with one_change() as session:
        held = session.scalar(
            select(BrowserSession).where(BrowserSession.id == session_id, BrowserSession.person_id == person_id)
        )
        if held is None:
            raise NotFound("session")
        held.revoked_at = held.revoked_at or now()


def end_by_token(token: str) -> None:
    """Sign the browser with this cookie out, whatever it was."""
    with one_change() as session:
        session.execute(
            update(BrowserSession)
            .where(BrowserSession.digest == vault.digest(token), BrowserSession.revoked_at.is_(None))
            .values(revoked_at=now())
        )


def end_all(person_id: str, *, but: str | None = None) -> int:
    """Sign every browser of the person out, save one, half-signed-in ones too; returns how many were signed in."""
    with one_change() as session:
        session.execute(
            delete(PendingSignIn).where(PendingSignIn.person_id == person_id),
            execution_options={"synchronize_session": False},
        )
        held = session.scalars(_live(person_id)).all()
        for one in held:
            if one.id != but:
                one.revoked_at = now()
    return sum(one.id != but for one in held)


def of_person(person_id: str) -> list[BrowserSession]:
    """The browsers where the person is signed in, last seen first."""
    return list(db.session.scalars(_live(person_id).order_by(BrowserSession.last_seen_at.desc())))


def switch(workspace_slug: str, *, principal: SignedIn) -> Workspace:
    """Let this browser look at another workspace of the person; raises NotFound where they are no member."""
    with one_change() as session:
        workspace = session.scalar(
            select(Workspace)
            .join(Membership, Membership.workspace_id == Workspace.id)
            .where(Workspace.slug == workspace_slug, Membership.person_id == principal.person_id)
        )
        if workspace is None:
            raise NotFound("workspace")
        session.get_one(BrowserSession, principal.session_id).workspace_id = workspace.id
    return workspace


def seen(session_id: str) -> bool:
    """Note that the browser is in use, which moves its end; writes once in ten minutes, and says whether it did."""
    if not in_use.get().is_due(session_id):
        return False
    limit = now() - datetime.timedelta(seconds=SEEN_EVERY)
    old = select(BrowserSession.id).where(BrowserSession.id == session_id, BrowserSession.last_seen_at < limit)
    if db.session.scalar(old) is None:
        return False
    with one_change() as session:
        held = session.get_one(BrowserSession, session_id)
        held.last_seen_at, held.expires_at = now(), _end()
    return True


def last_sign_ins(person_ids: Iterable[str]) -> dict[str, datetime.datetime]:
    """When each of these people signed in last."""
    rows = db.session.execute(
        select(BrowserSession.person_id, func.max(BrowserSession.created_at))
        .where(BrowserSession.person_id.in_(list(person_ids)))
        .group_by(BrowserSession.person_id)
    )
    return {row[0]: row[1] for row in rows}


def looking_at(workspace_id: str, person_id: str) -> int:
    """How many signed-in browsers of the person look at the workspace."""
    return sum(held.workspace_id == workspace_id for held in db.session.scalars(_live(person_id)))


def _new_token() -> str:
    return "halo_ss_" + secrets.token_urlsafe(32)


def _live(person_id: str) -> Select[BrowserSession]:
    return select(BrowserSession).where(
        BrowserSession.person_id == person_id,
        BrowserSession.revoked_at.is_(None),
        BrowserSession.expires_at > now(),
    )


def _usual_workspace(person_id: str) -> str | None:
    last = db.session.scalar(
        select(BrowserSession.workspace_id)
        .join(
            Membership,
            (Membership.workspace_id == BrowserSession.workspace_id)
            & (Membership.person_id == BrowserSession.person_id),
        )
        .where(BrowserSession.person_id == person_id)
        .order_by(BrowserSession.last_seen_at.desc())
        .limit(1)
    )
    return last or db.session.scalar(
        select(Membership.workspace_id)
        .where(Membership.person_id == person_id)
        .order_by(Membership.created_at, Membership.id)
        .limit(1)
    )


def _end() -> datetime.datetime:
    return now() + datetime.timedelta(seconds=settings.current().session_seconds)
