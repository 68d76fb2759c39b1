"""The people of the tests, the same as of the demo: Acme's owner, admin, support and viewer; Umbra's owner next door.

`create` runs once a session, into the templates that every test's database starts from. It writes rows only, so that a
test which counts changes or audit rows counts its own.
"""

from __future__ import annotations

from sqlalchemy import select

from halo.demo import cast as demo
from halo.ground import vault
from halo.ground.database import db, one_change
from halo.ground.permissions import PRESETS, Role
from halo.workspaces.accounts import passwords
from halo.workspaces.models import Membership, Person, Workspace

PASSWORD = demo.PASSWORD

OWNER = demo.OWNER
ADMIN = demo.ADMIN
SUPPORT = demo.SUPPORT
VIEWER = demo.VIEWER
STRANGER = demo.STRANGER
OPERATOR = demo.OPERATOR

ACME, UMBRA = demo.ACME, demo.UMBRA


def create() -> None:
    """The rows of the cast. One digest for all: hashing is slow on purpose, and tested where it belongs."""
    digest = passwords.digest(PASSWORD)
    with one_change() as rows:
        workspaces = {slug: _workspace(slug, name) for slug, (name, _) in demo.WORKSPACES.items()}
        people = {
            email: Person(email=email, name=name, password_digest=digest, is_operator=email == OPERATOR)
            for email, name in demo.NAMES.items()
        }
        rows.add_all([*workspaces.values(), *people.values()])
        rows.flush()
        owners = [(owner, slug, Role.SUPER_ADMIN, "") for slug, (_, owner) in demo.WORKSPACES.items()]
        for email, slug, role, preset in [*owners, *demo.MEMBERS]:
            words = sorted(str(word) for word in PRESETS[preset][1]) if preset else []
            belongs = {"workspace_id": workspaces[slug].id, "person_id": people[email].id}
            rows.add(Membership(**belongs, role=role.value, permissions=words))


def person(email: str) -> Person:
    return db.session.execute(select(Person).where(Person.email == email)).scalar_one()


def workspace(slug: str = ACME) -> Workspace:
    return db.session.execute(select(Workspace).where(Workspace.slug == slug)).scalar_one()


def _workspace(slug: str, name: str) -> Workspace:
    return Workspace(
        slug=slug,
        name=name,
        widget_key=f"ab_live_{slug}_widget_key_of_the_tests",
        identity_secret=vault.seal(f"ha_secret_{slug}_identity_secret_of_the_tests"),
    )
