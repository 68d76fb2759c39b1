"""The dashboard's navigation: what a person may open, in order; what is not there is absent, not greyed."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, request

from halo.permissions import Permission
from halo.principal import Member
from halo.web import visitor


@dataclass(frozen=True)
class Entry:
    """One line of the navigation."""

    endpoint: str
    label: str
    icon: str
    permission: Permission | None = None
    operators: bool = False


ENTRIES = (
    Entry("workspaces.home", "Home", "house"),
    Entry("agents.agents", "AI Agents", "bot", Permission.AGENTS_VIEW),
    Entry("oauth.apps", "Connected apps", "plug", Permission.APPS_OWN),
    Entry("audit.executions", "Audit", "scroll-text", Permission.AUDIT_VIEW),
    Entry("workspaces.team", "Team", "users"),
    Entry("workspaces.workspace_settings", "Settings", "settings", Permission.SETTINGS_MANAGE),
    Entry("flags.flags", "Flags", "flag", operators=True),
    Entry("documents.index", "Docs", "book-open"),
)


def init_app(app: Flask) -> None:
    """Give every page its `navigation`."""

    @app.context_processor
    def navigation() -> dict[str, object]:
        member = visitor()
        shown = [entry for entry in ENTRIES if member is not None and _is_open_to(member, entry)]
        return {
            "navigation": [
                {"endpoint": entry.endpoint, "label": entry.label, "icon": entry.icon, "active": _is_here(entry)}
                for entry in shown
            ]
        }


def _is_open_to(member: Member, entry: Entry) -> bool:
    if entry.operators:
        return member.is_operator
    if entry.endpoint == "documents.index":
        return True
    return member.workspace_id is not None and (entry.permission is None or member.may(entry.permission))


def _is_here(entry: Entry) -> bool:
    """Whether the page belongs to the entry; the slice `workspaces` has several, each for one page."""
    blueprint = entry.endpoint.partition(".")[0]
    return request.blueprint == blueprint and (blueprint != "workspaces" or request.endpoint == entry.endpoint)
