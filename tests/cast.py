"""The people of the tests, the same as of the demo: Acme's owner, admin, support and viewer; Umbra's owner next door.

`create` runs once a session, into the templates that every test's database starts from.
"""

from __future__ import annotations

from sqlalchemy import select

from halo import vault
from halo.database import db, one_change
from halo.permissions import PRESETS, Role
from halo.workspaces import passwords
from halo.workspaces.models import Membership, Person, Workspace

PASSWORD = "halo-demo-password"

OWNER = "owner@acme.test"
ADMIN = "admin@acme.test"
SUPPORT = "support@acme.test"
VIEWER = "viewer@acme.test"
STRANGER = "owner@umbra.test"
OPERATOR = "operator@halo.test"

ACME, UMBRA = "acme", "umbra"

WORKSPACES = {ACME: "Acme", UMBRA: "Umbra"}
PEOPLE = (
    (OWNER, "Olivia Owner", ACME, Role.SUPER_ADMIN, ""),
    (ADMIN, "Adam Admin", ACME, Role.ADMIN, ""),
    (SUPPORT, "Sam Support", ACME, Role.MEMBER, "support_agent"),
    (VIEWER, "Vera Viewer", ACME, Role.MEMBER, "viewer"),
    (STRANGER, "Una Umbra", UMBRA, Role.SUPER_ADMIN, ""),
)


def create() -> None:
    """The rows of the cast. One digest for all: hashing is slow on purpose, and tested where it belongs."""
    digest = passwords.digest(PASSWORD)
    with one_change() as rows:
        workspaces = {slug: _workspace(slug, name) for slug, name in WORKSPACES.items()}
        rows.add_all(workspaces.values())
        rows.flush()
        for email, name, slug, role, preset in PEOPLE:
            somebody = Person(email=email, name=name, password_digest=digest)
            rows.add(somebody)
            rows.flush()
            words = sorted(PRESETS[preset][1]) if preset else []
            belongs = {"workspace_id": workspaces[slug].id, "person_id": somebody.id}
            rows.add(Membership(**belongs, role=role.value, permissions=[str(word) for word in words]))
        rows.add(Person(email=OPERATOR, name="Otto Operator", password_digest=digest, is_operator=True))


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
