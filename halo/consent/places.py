"""Where a person can allow something: each workspace of theirs, what they may do there, what stands against it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from halo import authenticate
from halo.ground import limits, scopes
from halo.ground.errors import Reason
from halo.ground.permissions import Permission, Role
from halo.ground.principal import Client, Member, SignedIn
from halo.ground.settings import Settings
from halo.ground.text import names
from halo.oauth import admission, resources
from halo.oauth.models import ConsentRequest
from halo.workspaces import members, workspaces
from halo.workspaces.accounts import two_factor
from halo.workspaces.models import Workspace


@dataclass(frozen=True)
class Place:
    """A workspace in which the person can allow something."""

    workspace: Workspace
    member: Member
    """The person as a member of this workspace."""
    caller: Client
    """What a client of theirs with everything allowed would be to the gate."""
    refusal: Reason | None = None
    """Why nothing can be allowed here at all: the application is not admitted, or this person has to do something."""

    @property
    def permissions(self) -> frozenset[Permission]:
        return self.member.permissions

    @property
    def calls(self) -> tuple[int, int]:
        """Calls a minute that one connection may make, and all of the workspace together."""
        own = self.caller.workspace.limits
        return tuple(own.get(name, limits.DEFAULTS[name]) for name in ("calls_per_client", "calls_per_workspace"))  # type: ignore[return-value]


def open_to(row: ConsentRequest, *, principal: SignedIn, settings: Settings) -> list[Place]:
    """The person's workspaces; only the one that the resource names, where it is an alias."""
    slug = resources.slug_of(settings, row.parameters["resource"])
    closed = two_factor.closed_to(principal.person_id)
    found = []
    for workspace, role in workspaces.of_person(principal.person_id):
        if slug in (None, workspace.slug):
            member = _member(principal, workspace, role)
            refusal = Reason.two_factor_missing if workspace.id in closed else None
            refusal = refusal or admission.refusal(row.client, workspace.id)
            found.append(Place(workspace, member, authenticate.prospect(member, frozenset(scopes.ADVERTISED)), refusal))
    return found


def _member(person: SignedIn, workspace: Workspace, role: Role) -> Member:
    """The person as they are in that workspace, whichever the browser looks at."""
    return Member(
        person.person_id,
        person.name,
        person.email,
        person.is_operator,
        person.session_id,
        workspace_id=workspace.id,
        workspace_slug=workspace.slug,
        workspace_name=workspace.name,
        role=role,
        permissions=members.held(members.get(workspace.id, person.person_id)),
        time_zone=workspace.time_zone,
    )


def choose(found: Iterable[Place], wanted: str | None, *, principal: SignedIn) -> Place | None:
    """The wanted workspace; without a wish the one that the browser looks at, or the first."""
    by_slug = {it.workspace.slug: it for it in found}
    if wanted:
        return by_slug.get(names.slug(wanted.strip()) or "")
    here = by_slug.get(principal.workspace_slug) if isinstance(principal, Member) else None
    return here or next(iter(by_slug.values()), None)
