"""Nobody keeps by a trick what was taken from them, and no workspace is left without a Super Admin."""

from __future__ import annotations

import threading

import pytest
from flask import Flask

from halo.ground.database import one_change
from halo.ground.errors import Denied, Mistake, NotFound
from halo.ground.permissions import Permission, Role
from halo.ground.principal import Member
from halo.workspaces import invitations, members
from halo.workspaces.accounts import people
from tests import cast


def a_member(email: str) -> Member:
    person, workspace = cast.person(email), cast.workspace()
    held = members.get(workspace.id, person.id)
    return Member(
        person_id=person.id, name=person.name, email=email, is_operator=False, session_id="", workspace_id=workspace.id,
        workspace_slug=workspace.slug, role=Role(held.role), permissions=members.held(held),
    )  # fmt: skip


def change(email: str, role: Role, permissions: tuple[str, ...] = ()) -> None:
    members.change(cast.workspace().id, cast.person(email).id, role, permissions=permissions, principal=None)


def test_a_demoted_super_admins_links_make_nobody_super_admin(app: Flask) -> None:
    with app.app_context():
        change(cast.ADMIN, Role.SUPER_ADMIN)
        _, link = invitations.create("second-self@acme.test", Role.SUPER_ADMIN, principal=a_member(cast.ADMIN))
        change(cast.ADMIN, Role.ADMIN)
        with pytest.raises(NotFound):
            invitations.accept_as_new(link, "Second Self", "a-long-password-of-mine")
        assert people.find("second-self@acme.test") is None


def test_a_member_who_lost_a_permission_gives_it_no_more(app: Flask) -> None:
    manages = Permission.TEAM_MANAGE.value
    with app.app_context():
        change(cast.SUPPORT, Role.MEMBER, (manages, Permission.AUDIT_PAYLOADS.value))
        _, link = invitations.create(
            "new@acme.test", Role.MEMBER, permissions=[Permission.AUDIT_PAYLOADS], principal=a_member(cast.SUPPORT)
        )
        change(cast.SUPPORT, Role.MEMBER, (manages,))
        with pytest.raises(NotFound):
            invitations.accept_as_new(link, "New Person", "a-long-password-of-mine")


def test_a_link_of_somebody_whose_account_was_closed_is_worthless(app: Flask) -> None:
    with app.app_context():
        _, link = invitations.create("new@acme.test", Role.MEMBER, preset="viewer", principal=a_member(cast.ADMIN))
        people.deactivate(cast.person(cast.ADMIN).id, principal=None)
        with pytest.raises(NotFound):
            invitations.accept_as_new(link, "New Person", "a-long-password-of-mine")


def test_a_link_of_somebody_in_office_is_good(app: Flask) -> None:
    with app.app_context():
        _, link = invitations.create("new@acme.test", Role.ADMIN, principal=a_member(cast.ADMIN))
        made = invitations.accept_as_new(link, "New Person", "a-long-password-of-mine")
        assert members.get(cast.workspace().id, made.id).role == Role.ADMIN.value


def test_an_admin_makes_no_super_admin(app: Flask) -> None:
    with app.app_context(), pytest.raises(Denied):
        invitations.create("new@acme.test", Role.SUPER_ADMIN, principal=a_member(cast.ADMIN))


def test_two_super_admins_who_demote_each_other_at_once_do_not_both_succeed(app: Flask) -> None:
    with app.app_context():
        change(cast.ADMIN, Role.SUPER_ADMIN)
    first_is_done, may_commit = threading.Event(), threading.Event()
    failed: list[str] = []

    def demote(email: str, *, waits: bool) -> None:
        try:
            with app.app_context(), one_change():
                change(email, Role.ADMIN)
                if waits:
                    first_is_done.set()
                    may_commit.wait(20)
        except Mistake as problem:
            failed.append(problem.field)

    first = threading.Thread(target=demote, args=(cast.OWNER,), kwargs={"waits": True})
    second = threading.Thread(target=demote, args=(cast.ADMIN,), kwargs={"waits": False})
    first.start()
    assert first_is_done.wait(20)
    second.start()
    second.join(0.5)  # it waits for the first, or it has wrongly gone through
    may_commit.set()
    first.join()
    second.join()
    assert failed == ["role"]
    with app.app_context():
        roles = [member.role for member in members.of_workspace(cast.workspace().id)]
    assert roles.count(Role.SUPER_ADMIN.value) == 1
