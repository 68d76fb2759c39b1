"""The dashboard's navigation: what a person may open, in order; what is not there is absent, not greyed."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, request

from halo.ground.permissions import Permission
from halo.ground.principal import Member, SignedIn
from halo.web import visitor


@dataclass(frozen=True)
class Entry:
    """One line of the navigation."""

    endpoint: str
    label: str
    icon: str
    permission: Permission | None = None
    operators: bool = False
    under: tuple[str, ...] = ()
    """Paths of the pages that belong to it; of several entries the longest path wins."""


ENTRIES = (
    Entry("home.home", "Home", "house", under=("/dashboard/first-call",)),
    Entry("agents.agents", "AI Agents", "bot", Permission.AGENTS_VIEW, under=("/dashboard/agents",)),
    Entry(
        "external.servers", "Integrations", "blocks", Permission.INTEGRATIONS_VIEW, under=("/dashboard/integrations",)
    ),
    Entry("apps.apps", "Connected apps", "plug", Permission.APPS_OWN, under=("/dashboard/apps", "/dashboard/connect")),
    Entry("audit.executions", "Audit", "scroll-text", Permission.AUDIT_VIEW, under=("/dashboard/audit",)),
    Entry("workspaces.team", "Team", "users", under=("/dashboard/settings/team",)),
    Entry(
        "workspaces.workspace_settings",
        "Settings",
        "settings",
        Permission.SETTINGS_MANAGE,
        under=("/dashboard/settings",),
    ),
    Entry("operators.flags", "Flags", "flag", operators=True, under=("/admin/flags",)),
    Entry("documents.index", "Docs", "book-open", under=("/docs",)),
)


def init_app(app: Flask) -> None:
    """Give every page its `navigation`."""

    @app.context_processor
    def navigation() -> dict[str, object]:
        person = visitor()
        if person is None:
            return {"navigation": []}
        here = _here()
        return {
            "navigation": [
                {"endpoint": entry.endpoint, "label": entry.label, "icon": entry.icon, "active": entry is here}
                for entry in open_to(person)
            ]
        }


def open_to(person: SignedIn) -> list[Entry]:
    """What this person may open, in order."""
    return [entry for entry in ENTRIES if _is_open_to(person, entry)]


def _is_open_to(person: SignedIn, entry: Entry) -> bool:
    if entry.operators:
        return person.is_operator
    if entry.endpoint == "documents.index":
        return True
    if not isinstance(person, Member) or person.lacks_two_factor:  # no door of a workspace opens before it is set up
        return False
    return entry.permission is None or person.may(entry.permission)


def _here() -> Entry | None:
    """The entry that the page belongs to, if any: a person's own account belongs to none."""
    fits = [(len(path), entry) for entry in ENTRIES for path in entry.under if _is_below(path)]
    if fits:
        return max(fits, key=lambda it: it[0])[1]
    return next((entry for entry in ENTRIES if entry.endpoint == request.endpoint), None)


def _is_below(path: str) -> bool:
    return request.path == path or request.path.startswith(path + "/")
