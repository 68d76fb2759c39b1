"""People: their account, name and password. What they may do in a workspace is `halo.workspaces.members`."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import select

from halo.ground.database import db, now, one_change
from halo.ground.errors import Denied, Mistake, NotFound, Reason
from halo.ground.principal import Member, SignedIn
from halo.ground.text import names
from halo.ledger import changes
from halo.workspaces import members
from halo.workspaces.accounts import passwords, sessions
from halo.workspaces.models import Membership, Person
from halo.workspaces.unique import taken

_TAKEN = "There is an account with this e-mail address already."


def create(
    email: str, name: str, password: str, *, is_operator: bool = False, principal: SignedIn | None = None
) -> Person:
    """A new account; raises `Mistake` on an address that has one, or a password that is too easy."""
    return add(prepared(email, name, password, is_operator=is_operator), principal=principal)


def prepared(email: str, name: str, password: str, *, is_operator: bool = False) -> Person:
    """The account for `add`, not yet stored; raises `Mistake` as `create` does.

    Apart from `add`, because the password's digest takes long: nobody computes it while others wait to write.
    """
    email, name = names.address(email), names.chosen(name, "name")
    if find(email) is not None:
        raise Mistake("email", _TAKEN)
    passwords.check(password, email=email, name=name)
    return Person(email=email, name=name, password_digest=passwords.digest(password), is_operator=is_operator)


def add(person: Person, *, principal: SignedIn | None = None) -> Person:
    """Store a prepared account; raises `Mistake` on an address that has one by now."""
    with taken("email", _TAKEN), one_change() as session:
        if find(person.email) is not None:
            raise Mistake("email", _TAKEN)
        session.add(person)
        session.flush()
        changes.record(
            "person.created",
            workspace_id=principal.workspace_id if isinstance(principal, Member) else None,
            principal=principal,
            subject=("person", person.id, person.email),
            after={"email": person.email, "name": person.name, "is_operator": person.is_operator},
        )
    return person


def find(email: str) -> Person | None:
    """The person with this address, deactivated ones too."""
    return db.session.scalar(select(Person).where(Person.email == names.address_key(email)))


def of_email(email: str) -> Person:
    """The person with this address; raises NotFound."""
    person = find(email)
    if person is None:
        raise NotFound(f"person: {names.address_key(email)}")
    return person


def get(person_id: str) -> Person:
    """The person with this id; raises NotFound."""
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound("person")
    return person


Introduction = tuple[str, str, str]
"""Address, name and part of a person, for whoever wants to sign in as them."""
_introductions: list[Callable[[], Iterable[Introduction]]] = []


def introduce(source: Callable[[], Iterable[Introduction]]) -> None:
    """Whoever makes people to try Halo with, the demo, says whom the sign-in page may introduce."""
    if source not in _introductions:
        _introductions.append(source)


def introduced() -> list[Introduction]:
    """The people to try Halo with, where they are there."""
    return [it for source in _introductions for it in source()]


def names_of(person_ids: Iterable[str | None]) -> dict[str, str]:
    """Names by id, of those that are still there."""
    wanted = {person_id for person_id in person_ids if person_id}
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return {row[0]: row[1] for row in rows}


def rename(name: str, *, principal: SignedIn) -> None:
    """Change one's own name."""
    name = names.chosen(name, "name")
    with one_change():
        person = get(principal.person_id)
        before, person.name = person.name, name
        record_change(person, "person.renamed", principal, {"name": before}, {"name": name})


def change_password(old: str, new: str, *, principal: SignedIn) -> None:
    """Change one's own password and sign every other browser out."""
    person = get(principal.person_id)
    if not passwords.matches(person.password_digest, old):
        raise Mistake("old_password", "This is not your current password.")
    set_password(person.id, new, principal=principal, field="new_password")


def set_password(person_id: str, new: str, *, principal: SignedIn | None, field: str = "password") -> None:
    """Give the account another password and sign its browsers out, save the one that asks."""
    person = get(person_id)
    passwords.check(new, email=person.email, name=person.name, field=field)
    digest = passwords.digest(new)
    with one_change():
        get(person_id).password_digest = digest
        sessions.end_all(person_id, but=principal.session_id if principal else None)
        record_change(person, "person.password_changed", principal)


def deactivate(person_id: str, *, principal: SignedIn | None) -> None:
    """Close the account: no sign-in, no session, and every grant is refused from the next call on."""
    _operators_only(principal)
    with one_change():
        person = get(person_id)
        members.keep_a_super_admin(person)
        person.deactivated_at = person.deactivated_at or now()
        sessions.end_all(person_id)
        record_change(person, "person.deactivated", principal)


def reactivate(person_id: str, *, principal: SignedIn | None) -> None:
    """Open a closed account again."""
    _operators_only(principal)
    with one_change():
        person = get(person_id)
        person.deactivated_at = None
        record_change(person, "person.reactivated", principal)


def make_operator(person_id: str, is_operator: bool, *, principal: SignedIn | None) -> None:
    """Give or take the rights of an operator of this instance."""
    _operators_only(principal)
    with one_change():
        person = get(person_id)
        before, person.is_operator = person.is_operator, is_operator
        after = {"is_operator": is_operator}
        record_change(person, "person.operator_changed", principal, {"is_operator": before}, after)


def generated_password() -> str:
    """A password nobody guesses, in four groups that can be read aloud."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))


def _operators_only(principal: SignedIn | None) -> None:
    if principal is not None and not principal.is_operator:
        raise Denied(Reason.operator_only)


def record_change(
    person: Person,
    event: str,
    principal: SignedIn | None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    by: str | Person = "",
) -> None:
    """Record the change of an account in every workspace of the person, so that all of them forget what they cached."""
    ids: list[str | None] = []
    ids.extend(db.session.scalars(select(Membership.workspace_id).where(Membership.person_id == person.id)))
    for workspace_id in ids or [None]:
        changes.record(
            event,
            workspace_id=workspace_id,
            principal=principal,
            subject=("person", person.id, person.email),
            before=before,
            after=after,
            by=by,
        )
