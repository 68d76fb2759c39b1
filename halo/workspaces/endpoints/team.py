"""The team: who is in, in which role, and the links that bring new people in."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for

from halo import web
from halo.ground.errors import Denied, HaloError, Mistake
from halo.ground.permissions import PRESETS, Permission, Role, expand
from halo.web import MEMBER, door, may, queries
from halo.web.cookies import show_once, shown_once
from halo.workspaces import consequences, invitations, members, workspaces
from halo.workspaces.accounts import people, sessions, two_factor
from halo.workspaces.endpoints import blueprint
from halo.workspaces.models import Membership

MODULES = {
    "inbox": "Inbox",
    "ask_ai": "Ask AI",
    "automation": "Automation",
    "agents": "AI Agents",
    "integrations": "Integrations",
    "contacts": "Contacts",
    "knowledge": "Knowledge",
    "audit": "Audit",
    "apps": "Connected apps",
    "settings": "Settings",
    "team": "Team",
}
"""Permission modules as the page names them, in its order."""
CUSTOM = "custom"
SHOWN = 100
"""Members on one page; a search finds the others."""
SEARCHED_FROM = 8
"""Fewer are found by looking."""


@blueprint.get("/dashboard/settings/team")
@door(MEMBER)
def team() -> Any:
    """The members, and for who manages the team the invitations."""
    return _page()


@blueprint.post("/dashboard/settings/team/invitations")
@door(may(Permission.TEAM_MANAGE))
def invite() -> Any:
    """Make a link for one address; it is shown once."""
    form = request.form
    try:
        invitation, token = invitations.create(
            form.get("email", ""), _role(), preset=form.get("preset", "viewer"), principal=web.principal()
        )
    except (Mistake, Denied) as problem:
        return _page(problem), _status(problem)
    show_once("invitation", url_for("workspaces.invitation", token=token, _external=False))
    return web.after_change(url_for("workspaces.team") + "#invitation", f"The link for {invitation.email} is ready.")


@blueprint.post("/dashboard/settings/team/invitations/<uuid:invitation_id>/withdrawal")
@door(may(Permission.TEAM_MANAGE))
def withdraw_invitation(invitation_id: object) -> Any:
    """Make a link worthless."""
    invitations.withdraw(str(invitation_id), principal=web.principal())
    return web.after_change(
        url_for("workspaces.team"),
        "The invitation is withdrawn.",
        partial="workspaces/_invitations.html",
        **_invitations(True),
    )


@blueprint.get("/dashboard/settings/team/<uuid:person_id>")
@door(may(Permission.TEAM_MANAGE))
def member(person_id: object) -> Any:
    """One member: role, permissions, and the way out."""
    return _member_page(members.get(_workspace_id(), str(person_id)))


@blueprint.post("/dashboard/settings/team/<uuid:person_id>")
@door(may(Permission.TEAM_MANAGE))
def change_member(person_id: object) -> Any:
    """Give the member another role or other permissions."""
    preset = request.form.get("preset", "")
    preset = "" if preset == CUSTOM else preset
    picked = request.form.getlist("permissions")
    try:
        if (review := _review(members.get(_workspace_id(), str(person_id)), preset, picked)) is not None:
            return review
        changed = members.change(
            _workspace_id(), str(person_id), _role(), preset=preset, permissions=picked, principal=web.principal()
        )
    except (Mistake, Denied) as problem:
        return _member_page(members.get(_workspace_id(), str(person_id)), problem), _status(problem)
    target = url_for("workspaces.team")
    return web.after_change(target, f"{changed.person.name} may do what you chose from the next click on.")


@blueprint.get("/dashboard/settings/team/<uuid:person_id>/removal")
@door(may(Permission.TEAM_MANAGE))
def remove_member(person_id: object) -> Any:
    """What happens when this person goes, before anybody presses the button."""
    return _removal_page(members.get(_workspace_id(), str(person_id)))


@blueprint.post("/dashboard/settings/team/<uuid:person_id>/removal")
@door(may(Permission.TEAM_MANAGE))
def confirm_removal(person_id: object) -> Any:
    """Take the person out of the workspace."""
    gone = members.get(_workspace_id(), str(person_id))
    name = gone.person.name
    try:
        members.remove(_workspace_id(), str(person_id), principal=web.principal())
    except (Mistake, Denied) as problem:
        return _removal_page(gone, problem), _status(problem)
    return web.after_change(url_for("workspaces.team"), f"{name} is no longer in the team.")


def _review(member: Membership, preset: str, picked: list[str]) -> Any:
    """The page that says which connected apps lose something, unless nothing does or it was seen already."""
    if request.form.get("seen") == "yes" or not members.may_change(web.principal(), member):
        return None
    change = consequences.of_change(member, _role(), members.chosen(_role(), preset, picked))
    if not change.connections:
        return None
    return render_template(
        "workspaces/change_review.html",
        member=member,
        change=change,
        fields={name: values for name, values in request.form.lists() if name != "csrf_token"},
    )


def _status(problem: Mistake | Denied) -> int:
    return problem.reason.status if isinstance(problem, Denied) else 422


def _workspace_id() -> str:
    return web.principal().workspace_id


def _role() -> Role:
    wanted = request.form.get("role", "")
    if wanted not in {role.value for role in Role}:
        raise Mistake("role", "Choose a role.")
    return Role(wanted)


def _page(problem: HaloError | None = None) -> Any:
    principal = web.principal()
    manages = principal.may(Permission.TEAM_MANAGE)
    link = shown_once("invitation")
    everybody = members.of_workspace(_workspace_id())
    wanted = queries.read({"q": queries.text(100)}).demand().get("q")
    found = members.matching(everybody, wanted)
    shown = found[:SHOWN]
    ids = [member.person_id for member in everybody]
    return render_template(
        "workspaces/team.html",
        members=shown,
        found=len(found),
        total=len(everybody),
        wanted=wanted,
        has_search=bool(wanted) or len(everybody) > SEARCHED_FROM,
        labels={member.person_id: _label(member) for member in shown},
        changeable={member.person_id for member in shown if manages and members.may_change(principal, member)},
        manages=manages,
        with_two_factor=two_factor.having(ids) if manages else frozenset(),
        last_sign_ins=sessions.last_sign_ins(ids) if manages else {},
        demands=workspaces.current(principal=principal).two_factor_required,
        **_invitations(manages),
        link=web.settings().base_url + link if link else None,
        roles=_roles(),
        presets=[(key, label) for key, (label, _) in PRESETS.items()],
        held_by=[(label, [word for word in Permission if word in expand(words)]) for label, words in PRESETS.values()],
        problem=problem,
        errors={problem.field: problem.message} if isinstance(problem, Mistake) else {},
        form=request.form,
    )


def _invitations(manages: bool) -> dict[str, Any]:
    """The open ones with who sent each, for who manages the team."""
    held = invitations.of_workspace(_workspace_id()) if manages else []
    return {
        "invitations": held,
        "inviters": people.names_of(invitation.invited_by for invitation in held),
        "roles_by_name": {role.value: role.label for role in Role},
    }


def _member_page(shown: Membership, problem: HaloError | None = None) -> Any:
    return render_template(
        "workspaces/member.html",
        member=shown,
        label=_label(shown),
        held=members.held(shown),
        preset=members.preset_of(shown) or CUSTOM,
        modules=_modules(),
        roles=_roles(),
        presets=[(key, label) for key, (label, _) in PRESETS.items()],
        may_change=members.may_change(web.principal(), shown),
        has_two_factor=two_factor.of_person(shown.person_id) is not None,
        last_sign_in=sessions.last_sign_ins([shown.person_id]).get(shown.person_id),
        connections=consequences.of_removal(_workspace_id(), shown.person_id),
        problem=problem,
        Role=Role,
    )


def _removal_page(shown: Membership, problem: HaloError | None = None) -> Any:
    return render_template(
        "workspaces/remove_member.html",
        member=shown,
        label=_label(shown),
        ends=consequences.of_removal(_workspace_id(), shown.person_id),
        problem=problem,
    )


def _roles() -> list[tuple[str, str]]:
    """The roles that this person may give."""
    mine = web.principal().role
    roles = [Role.MEMBER] if mine is Role.MEMBER else [Role.MEMBER, Role.ADMIN]
    if mine is Role.SUPER_ADMIN:
        roles.append(Role.SUPER_ADMIN)
    return [(role.value, role.label) for role in roles]


def _label(member: Membership) -> str:
    """The role in words, with the preset of a Member."""
    role = Role(member.role)
    if role is not Role.MEMBER:
        return role.label
    preset = members.preset_of(member)
    return PRESETS[preset][0] if preset else "Member, own choice"


def _modules() -> list[tuple[str, list[Permission]]]:
    """Every module's name with its levels, lowest first."""
    return [
        (label, [permission for permission in Permission if permission.module == module])
        for module, label in MODULES.items()
    ]
