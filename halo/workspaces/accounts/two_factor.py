"""Two-factor sign-in: one authenticator app a person (TOTP, RFC 6238), and ten recovery codes for when it is lost.

A code is taken once: the time step that it belongs to is kept, and none of it or before it is taken again. A recovery
code lets its person in and switches the authenticator off, so that a lost telephone is worth nothing to its finder.
How often somebody may try is counted at the doors.
"""

from __future__ import annotations

import datetime
import hmac
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass

import pyotp
from sqlalchemy import delete, func, select, update

from halo.ground import vault
from halo.ground.database import db, now, one_change
from halo.ground.errors import Denied, Mistake, NotFound, Reason
from halo.ground.principal import SignedIn
from halo.workspaces.accounts import passwords, people, sessions
from halo.workspaces.models import Authenticator, BrowserSession, Membership, Person, RecoveryCode, Workspace

ISSUER = "Halo"
STEP_SECONDS = 30
DRIFT = 1
"""Steps that a telephone's clock may be off, either way."""
CODES = 10
SETUP_SECONDS = 3600
"""How long a secret waits for its first code; then another is made."""
WRONG = "This code is not right, or it was used already. Wait for the next one, and check the telephone's clock."
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Setup:
    """What the authenticator app has to know."""

    secret: str
    address: str
    """`otpauth://...`, what the QR code says."""


def of_person(person_id: str) -> Authenticator | None:
    """The person's authenticator, where it is in force."""
    held = db.session.get(Authenticator, person_id)
    return held if held is not None and held.confirmed_at is not None else None


def having(person_ids: Iterable[str]) -> frozenset[str]:
    """Which of these people have two-factor sign-in."""
    found = select(Authenticator.person_id).where(
        Authenticator.person_id.in_(list(person_ids)), Authenticator.confirmed_at.is_not(None)
    )
    return frozenset(db.session.scalars(found))


def lacking(workspace_id: str) -> list[Person]:
    """The members of a workspace who do not have it, by name."""
    found = (
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .outerjoin(Authenticator, Authenticator.person_id == Person.id)
        .where(Membership.workspace_id == workspace_id, Authenticator.confirmed_at.is_(None))
        .order_by(Person.name)
    )
    return list(db.session.scalars(found))


def demanded_by(person_id: str) -> list[Workspace]:
    """The workspaces of the person that ask everybody for it, by name."""
    asking = (
        select(Workspace)
        .join(Membership, Membership.workspace_id == Workspace.id)
        .where(Membership.person_id == person_id, Workspace.two_factor_required)
        .order_by(Workspace.name)
    )
    return list(db.session.scalars(asking))


def closed_to(person_id: str) -> frozenset[str]:
    """The ids of the workspaces that ask for it, while the person has none."""
    if of_person(person_id) is not None:
        return frozenset()
    return frozenset(workspace.id for workspace in demanded_by(person_id))


def codes_left(person_id: str) -> int:
    """How many recovery codes wait."""
    mine = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.person_id == person_id)
    return db.session.scalar(mine) or 0


def begin(password: str, *, principal: SignedIn) -> None:
    """Make a secret for a new authenticator; it counts for nothing before its first code."""
    _demand_password(password, principal)
    with one_change() as session:
        held = session.get(Authenticator, principal.person_id)
        if held is not None and held.confirmed_at is not None:
            raise Mistake("password", "Two-factor sign-in is on already.")
        if held is None:
            held = Authenticator(person_id=principal.person_id)
            session.add(held)
        held.secret, held.created_at = vault.seal(pyotp.random_base32()), now()


def setup(*, principal: SignedIn) -> Setup:
    """The secret that waits for its first code; raises NotFound where none does, or it waited too long."""
    held = _waiting(principal.person_id)
    secret = vault.open(held.secret)
    return Setup(secret, pyotp.TOTP(secret, issuer=ISSUER, name=principal.email).provisioning_uri())


def confirm(typed: str, *, principal: SignedIn) -> tuple[list[str], str]:
    """Switch it on with the app's first code; returns the recovery codes, and the new token of this browser.

    The person's other browsers are signed out: they proved nothing but the password.
    """
    with one_change():
        held = _waiting(principal.person_id)
        step = matching_step(vault.open(held.secret), typed, at=time.time())
        if step is None:
            raise Mistake("code", WRONG)
        held.confirmed_at, held.last_step = now(), step
        codes = _new_codes(principal.person_id)
        sessions.end_all(principal.person_id, but=principal.session_id)
        token = sessions.renew(principal.session_id)
        people.record_change(people.get(principal.person_id), "two_factor.switched_on", principal)
    return codes, token


def take_code(person_id: str, typed: str) -> bool:
    """Whether this is a code of the person's app that was not taken before; it is taken now."""
    held = of_person(person_id)
    step = matching_step(vault.open(held.secret), typed, at=time.time()) if held else None
    if step is None:
        return False
    newer = (Authenticator.person_id == person_id, Authenticator.last_step < step)
    with one_change() as session:
        taken = session.execute(update(Authenticator).where(*newer).values(last_step=step), execution_options=_DIRECT)
    return taken.rowcount == 1  # type: ignore[attr-defined, no-any-return]


def take_recovery_code(person_id: str, typed: str) -> bool:
    """Whether this is a recovery code of the person; the authenticator and every other code are gone then."""
    this = (RecoveryCode.person_id == person_id, RecoveryCode.digest == _digest(person_id, typed))
    with one_change() as session:
        taken = session.execute(delete(RecoveryCode).where(*this), execution_options=_DIRECT)
        if taken.rowcount != 1:  # type: ignore[attr-defined]
            return False
        person = people.get(person_id)
        _forget(person_id)
        people.record_change(person, "two_factor.recovered", None, by=person)
    return True


def renew_codes(password: str, *, principal: SignedIn) -> list[str]:
    """Ten new recovery codes; the old ones are worth nothing from now on."""
    _demand_second_factor(principal)
    _demand_password(password, principal)
    with one_change():
        codes = _new_codes(principal.person_id)
        people.record_change(people.get(principal.person_id), "two_factor.codes_renewed", principal)
    return codes


def switch_off(password: str, *, principal: SignedIn) -> None:
    """Sign in with the password alone from now on; takes a session that proved the second factor."""
    _demand_second_factor(principal)
    _demand_password(password, principal)
    with one_change():
        _forget(principal.person_id)
        people.record_change(people.get(principal.person_id), "two_factor.switched_off", principal)


def reset(person_id: str) -> bool:
    """An operator, on the command line, takes it from a person who lost app and codes; whether there was anything.

    Their browsers are signed out.
    """
    with one_change():
        was_on = of_person(person_id) is not None
        _forget(person_id)
        if was_on:
            sessions.end_all(person_id)
            people.record_change(people.get(person_id), "two_factor.reset", None)
    return was_on


def matching_step(secret: str, typed: str, *, at: float) -> int | None:
    """The time step whose code this is, of those that a clock may be off; the latest, so that less can be replayed."""
    digits = "".join(typed.split())
    if not digits.isascii():
        return None
    totp, here = pyotp.TOTP(secret), int(at // STEP_SECONDS)
    found = None
    for step in range(here - DRIFT, here + DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), digits.encode()):
            found = step
    return found


_DIRECT = {"synchronize_session": False}


def _waiting(person_id: str) -> Authenticator:
    held = db.session.get(Authenticator, person_id)
    oldest = now() - datetime.timedelta(seconds=SETUP_SECONDS)
    if held is None or held.confirmed_at is not None or held.created_at < oldest:
        raise NotFound("set-up of two-factor sign-in: begin again")
    return held


def _new_codes(person_id: str) -> list[str]:
    codes = ["-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4)) for _ in range(CODES)]
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id), execution_options=_DIRECT)
    db.session.add_all(RecoveryCode(person_id=person_id, digest=_digest(person_id, code)) for code in codes)
    return codes


def _digest(person_id: str, typed: str) -> str:
    plain = "".join(letter for letter in typed.lower() if letter.isalnum())
    return vault.digest(f"{person_id}:{plain}")


def _forget(person_id: str) -> None:
    for rows in (RecoveryCode, Authenticator):
        db.session.execute(delete(rows).where(rows.person_id == person_id), execution_options=_DIRECT)
    db.session.expire_all()


def _demand_password(typed: str, principal: SignedIn) -> None:
    if not passwords.matches(people.get(principal.person_id).password_digest, typed[: passwords.LONGEST + 1]):
        raise Mistake("password", "This is not your current password.")


def _demand_second_factor(principal: SignedIn) -> None:
    if of_person(principal.person_id) is None:
        raise Mistake("password", "Two-factor sign-in is not on.")
    held = db.session.get(BrowserSession, principal.session_id)
    if held is None or held.second_factor_at is None:
        raise Denied(Reason.permission_missing, "Sign in with a code of your app first.")
