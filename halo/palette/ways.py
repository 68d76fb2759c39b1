"""What the palette offers besides lists of other slices: pages that have no line in the navigation, and things to do.

To add one: a line with the endpoint, what a person calls it, other words for it, an icon, and who may open it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from halo.actions.vocabulary import EXTERNAL_CLIENTS
from halo.ground.permissions import Permission
from halo.ground.principal import Member, SignedIn


@dataclass(frozen=True)
class Way:
    """A page, or a thing to do on one."""

    endpoint: str
    name: str
    words: str
    icon: str
    permission: Permission | None = None
    operators: bool = False
    everywhere: bool = False
    """Also for a person who is in no workspace."""
    values: Mapping[str, str] = field(default_factory=dict)


ACTIONS = (
    Way(
        "connect.clients",
        "Connect your AI",
        "claude cursor vscode chatgpt install add mcp",
        "plug",
        Permission.APPS_OWN,
    ),
    Way("apps.access_tokens", "Create an access token", "personal script key api", "key-round", Permission.APPS_OWN),
    Way(
        "workspaces.team",
        "Invite somebody to the team",
        "add member person",
        "user-plus",
        Permission.TEAM_MANAGE,
        values={"_anchor": "invite"},
    ),
    Way(
        "audit.explain",
        "Find out why an app cannot see a tool",
        "explain refused missing permission scope",
        "circle-help",
    ),
    Way("agents.new_agent", "Create an agent", "new ai bot add assistant", "bot", Permission.AGENTS_EDIT),
    Way("workspaces.new_workspace", "Create a workspace", "new company", "plus", everywhere=True),
)
PAGES = (
    Way(
        "agents.actions",
        "Actions of external clients",
        "switch toggle tool on off",
        "sliders-horizontal",
        Permission.AGENTS_VIEW,
        values={"holder": EXTERNAL_CLIENTS.slug},
    ),
    Way(
        "audit.changes",
        "Changes of the configuration",
        "audit history who changed revert",
        "history",
        Permission.AUDIT_VIEW,
    ),
    Way(
        "audit.executions",
        "Refused calls",
        "audit denied errors",
        "ban",
        Permission.AUDIT_VIEW,
        values={"outcome": "refused"},
    ),
    Way("audit.saved_views", "Saved views", "audit searches", "list", Permission.AUDIT_VIEW),
    Way(
        "apps.admissions",
        "Which apps may connect",
        "admission policy known dcr cimd registration",
        "shield",
        Permission.APPS_MANAGE,
    ),
    Way("apps.idle_apps", "Apps that nobody uses", "idle revoke sweep clean", "hourglass", Permission.APPS_MANAGE),
    Way("workspaces.profile", "Your account", "password name sessions profile", "user", everywhere=True),
    Way("workspaces.two_factor", "Two-factor sign-in", "totp code recovery security", "shield-check", everywhere=True),
)


def is_open_to(way: Way, person: SignedIn) -> bool:
    """Whether this person may open it."""
    if way.operators and not person.is_operator:
        return False
    if not isinstance(person, Member) or person.lacks_two_factor:
        return way.everywhere or way.operators
    return way.permission is None or person.may(way.permission)
