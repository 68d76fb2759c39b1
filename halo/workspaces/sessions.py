"""Signing in and out, and the browsers that are signed in."""

from __future__ import annotations

import datetime
import secrets
import threading
import time

from sqlalchemy import Select, select, update

from halo import settings, vault
from halo.database import db, now, one_change
from halo.errors import NotFound
from halo.principal import Member
from halo.workspaces import passwords
from halo.workspaces.models import BrowserSession, Membership, Person, Workspace

SEEN_EVERY = 600
"""Seconds between two notes that a browser was seen; finer would write on every page."""
_seen: dict[str, float] = {}
_seen_lock = threading.Lock()


def sign_in(email: str, password: str) -> Person | None:
    """The person with this address and password; None, after the same work, where either is wrong, or the account
    is closed."""
    person = db.session.scalar(select(Person).where(Person.email == email.strip().lower()))
    kept = person.password_digest if person is not None and person.deactivated_at is None else None
    if not passwords.matches(kept, password) or person is None or kept is None:
        return None
    if passwords.is_outdated(kept):
        digest = passwords.digest(password)
        with one_change():
            person.password_digest = digest
    return person


def start(person_id: str, *, workspace_id: str | None = None, address: str = "", user_agent: str = "") -> str:
    """Sign a browser in; returns the token for its cookie, of which only the digest is kept.

    Without a workspace the browser looks at the one that the person saw last, or their first.
    """
    token = "halo_ss_" + secrets.token_urlsafe(32)
    with one_change() as session:
        session.add(
            BrowserSession(
                digest=vault.digest(token),
                person_id=person_id,
                workspace_id=workspace_id or _usual_workspace(person_id),
                expires_at=_end(),
                address=address[:64],
                user_agent=user_agent[:300],
            )
        )
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
    """Sign every browser of the person out, save one; returns how many were signed in."""
    with one_change() as session:
        held = session.scalars(_live(person_id)).all()
        for one in held:
            if one.id != but:
                one.revoked_at = now()
    return sum(one.id != but for one in held)


def of_person(person_id: str) -> list[BrowserSession]:
    """The browsers where the person is signed in, last seen first."""
    return list(db.session.scalars(_live(person_id).order_by(BrowserSession.last_seen_at.desc())))


def switch(workspace_slug: str, *, principal: Member) -> Workspace:
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
    with _seen_lock:
        if time.monotonic() - _seen.get(session_id, -SEEN_EVERY) < SEEN_EVERY:
            return False
        if len(_seen) > 10_000:
            _seen.clear()
        _seen[session_id] = time.monotonic()
    limit = now() - datetime.timedelta(seconds=SEEN_EVERY)
    old = select(BrowserSession.id).where(BrowserSession.id == session_id, BrowserSession.last_seen_at < limit)
    if db.session.scalar(old) is None:
        return False
    with one_change() as session:
        held = session.get_one(BrowserSession, session_id)
        held.last_seen_at, held.expires_at = now(), _end()
    return True


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
