"""What all pages of one server share: its heading, its tabs, and how it stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import url_for

from halo import web
from halo.ground.permissions import Permission
from halo.servers import connecting, standing

VIEW, MANAGE = Permission.INTEGRATIONS_VIEW, Permission.INTEGRATIONS_MANAGE

TABS = {
    "server": "Overview", "server_tools": "Tools", "server_changes": "Changes", "server_credentials": "Credentials",
    "server_calls": "Calls", "server_health": "Health", "server_settings": "Settings",
}  # fmt: skip
"""Endpoint -> the word on its tab."""
TONES = {"ready": "live", "needs_sign_in": "warning", "degraded": "refused", "held": "warning", "off": "off"}
"""Word of a standing -> the tone of its dot."""


def shown(tab: str, partial: str, slug: str, status: int = 200, *, said: str = "", **context: Any) -> Any:
    """A tab of a server's page, or for htmx the part of it; `said` is what a change came to."""
    found = context.pop("found", None) or connecting.get(slug, principal=web.principal())
    return web.respond(
        f"external/{tab}.html",
        f"external/{partial}.html",
        status,
        **of_server(found, tab),
        **{"said": said, "errors": {}} | context,
    )


def of_server(found: Any, tab: str) -> dict[str, Any]:
    """What the layout of a server's pages takes."""
    stands = standing.now_of(found)
    return {
        "server": found,
        "stands": stands,
        "tone": TONES[stands.word],
        "tabs": [
            {"label": label, "href": url_for(f"external.{name}", server=found.slug), "active": name == tab}
            for name, label in TABS.items()
        ],
        "may_manage": web.principal().may(MANAGE),
    }


def changed(tab: str, drawn: Callable[..., Any], slug: str, message: str) -> Any:
    """After a change: for htmx the part, `drawn` with what the change came to, else the tab of the page."""
    if web.is_htmx():
        return drawn(slug, said=message)
    return web.after_change(url_for(f"external.{tab}", server=slug), message)
