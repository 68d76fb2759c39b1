"""The people of the demo, the same as of the tests: four of Acme, Umbra's owner next door, and an operator."""

from __future__ import annotations

from halo.ground.permissions import Role, permissions_of
from halo.ground.principal import Member
from halo.workspaces import members, workspaces
from halo.workspaces.accounts import passwords, people
from halo.workspaces.accounts.people import Introduction
from halo.workspaces.models import Workspace

PASSWORD = passwords.DEMO

OWNER = "owner@acme.test"
ADMIN = "admin@acme.test"
SUPPORT = "support@acme.test"
VIEWER = "viewer@acme.test"
STRANGER = "owner@umbra.test"
OPERATOR = "operator@halo.test"

ACME, UMBRA = "acme", "umbra"
WORKSPACES = {ACME: ("Acme", OWNER), UMBRA: ("Umbra", STRANGER)}
"""Slug -> name and owner."""
NAMES = {
    OWNER: "Olivia Owner",
    ADMIN: "Adam Admin",
    SUPPORT: "Sam Support",
    VIEWER: "Vera Viewer",
    STRANGER: "Una Umbra",
    OPERATOR: "Otto Operator",
}
ABOUT = {
    OWNER: "Super Admin of Acme",
    ADMIN: "Admin of Acme",
    SUPPORT: "Support agent of Acme",
    VIEWER: "Acme, may only look",
    STRANGER: "Super Admin of Umbra",
    OPERATOR: "Operator of the instance",
}
MEMBERS = (
    (ADMIN, ACME, Role.ADMIN, ""),
    (SUPPORT, ACME, Role.MEMBER, "support_agent"),
    (VIEWER, ACME, Role.MEMBER, "viewer"),
)
"""Those who own nothing: address, workspace, role, preset."""


JOINED = {OWNER: 210, OPERATOR: 208, ADMIN: 196, STRANGER: 190, SUPPORT: 133, VIEWER: 61}
"""Days ago, in the whole demo: before their apps acted."""


def introduced() -> list[Introduction]:
    """Address, name and part of everybody, for whoever wants to sign in as one of them."""
    return [(email, name, ABOUT[email]) for email, name in NAMES.items()]


def who_is_here() -> list[Introduction]:
    """The same where the demo was planted; nobody elsewhere."""
    return [] if people.find(OWNER) is None else introduced()


def create() -> dict[str, Workspace]:
    """The workspaces by slug, with their people; whoever is there already stays as they are."""
    accounts = {}
    for email, name in NAMES.items():
        accounts[email] = people.find(email) or people.create(email, name, PASSWORD, is_operator=email == OPERATOR)
    made = {}
    for slug, (name, owner) in WORKSPACES.items():
        made[slug] = workspaces.find(slug) or workspaces.create(name, slug, accounts[owner])
    for email, slug, role, preset in MEMBERS:
        if members.find(made[slug].id, accounts[email].id) is None:
            members.add(made[slug].id, accounts[email].id, role, preset=preset, principal=None)
    return made


def member(workspace: Workspace, email: str) -> Member:
    """One of the owners, as services know who acts."""
    may = permissions_of(Role.SUPER_ADMIN)
    return Member(
        people_ids()[email], NAMES[email], email, False, "", workspace.id, workspace.slug, workspace.name,
        Role.SUPER_ADMIN, may,
    )  # fmt: skip


def people_ids() -> dict[str, str]:
    """The ids of the people who are there, by address."""
    found = {email: people.find(email) for email in NAMES}
    return {email: person.id for email, person in found.items() if person is not None}
