"""The dashboard's navigation: what a person may open, in order; what is not there is absent, not greyed."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, request

from halo.permissions import Permission
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
        if member is None:
            return {"navigation": []}
        shown = [
            entry
            for entry in ENTRIES
            if entry.endpoint in app.view_functions
            and (not entry.operators or member.is_operator)
            and (entry.operators or entry.endpoint == "documents.index" or member.workspace_id is not None)
            and (entry.permission is None or member.may(entry.permission))
        ]
        return {
            "navigation": [
                {
                    "endpoint": entry.endpoint,
                    "label": entry.label,
                    "icon": entry.icon,
                    "active": request.blueprint == entry.endpoint.partition(".")[0]
                    and (entry.endpoint.startswith("workspaces.") is False or request.endpoint == entry.endpoint),
                }
                for entry in shown
            ]
        }
