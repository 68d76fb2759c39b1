"""Between the password and the second factor: a browser that opens nothing but the page for the code.

It has a cookie of its own, and no session. The session begins when the code was right, with a new token.
"""

from __future__ import annotations

import datetime
import secrets
from dataclasses import dataclass

from sqlalchemy import delete, select

from halo.ground import vault
from halo.ground.database import db, now, one_change
from halo.ground.errors import Mistake, NotFound
from halo.workspaces.accounts import two_factor
from halo.workspaces.models import Authenticator, PendingSignIn, Person

SECONDS = 600
KEPT = datetime.timedelta(hours=1)
"""How long one that is over still tells where its person wanted to go."""
WRONG_RECOVERY = "This is not one of your recovery codes. Each looks like abcd-efgh-jkmn-pqrs."


@dataclass(frozen=True)
class Finished:
    """A sign-in whose second factor was given."""

    person_id: str
    target: str


def begin(person_id: str, target: str) -> str:
    """The password was right; returns the token for the cookie of this browser."""
    token = "halo_ps_" + secrets.token_urlsafe(32)
    with one_change() as session:
        session.execute(
            delete(PendingSignIn).where(PendingSignIn.expires_at < now() - KEPT),
            execution_options={"synchronize_session": False},
        )
        ends = now() + datetime.timedelta(seconds=SECONDS)
        session.add(
            PendingSignIn(digest=vault.digest(token), person_id=person_id, target=target[:4000], expires_at=ends)
        )
    return token


def get(token: str) -> PendingSignIn:
    """The sign-in that waits for a code; raises NotFound when it is over, or its person needs none any more."""
    held = db.session.scalar(
        select(PendingSignIn)
        .join(Person, Person.id == PendingSignIn.person_id)
        .join(Authenticator, Authenticator.person_id == Person.id)
        .where(
            PendingSignIn.digest == vault.digest(token),
            PendingSignIn.expires_at > now(),
            Person.deactivated_at.is_(None),
            Authenticator.confirmed_at.is_not(None),
        )
    )
    if held is None:
        raise NotFound("sign-in that waits for a code")
    return held


def target_of(token: str) -> str:
    """Where the person wanted to go, also when they took too long."""
    wanted = select(PendingSignIn.target).where(PendingSignIn.digest == vault.digest(token))
    return db.session.scalar(wanted) or "/"


def finish_with_code(token: str, typed: str) -> Finished:
    """The second step with a code of the app; raises `Mistake` on a wrong one, NotFound where nothing waits."""
    with one_change():
        held = get(token)
        if not two_factor.take_code(held.person_id, typed):
            raise Mistake("code", two_factor.WRONG)
        return _over(held)


def finish_with_recovery_code(token: str, typed: str) -> Finished:
    """The second step with a recovery code, which switches the authenticator off."""
    with one_change():
        held = get(token)
        if not two_factor.take_recovery_code(held.person_id, typed):
            raise Mistake("code", WRONG_RECOVERY)
        return _over(held)


def _over(held: PendingSignIn) -> Finished:
    finished = Finished(held.person_id, held.target)
    db.session.execute(
        delete(PendingSignIn).where(PendingSignIn.person_id == held.person_id, PendingSignIn.digest == held.digest),
        execution_options={"synchronize_session": False},
    )
    db.session.expire_all()
    return finished
