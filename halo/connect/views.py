"""The doors of Connect your AI: the page for the chosen client, and the live panel beside it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from halo import web
from halo.connect import applications, progress
from halo.connect.progress import Progress
from halo.flags import service as flags
from halo.flags.vocabulary import MCP_SERVER
from halo.ground.database import now
from halo.ground.permissions import Permission
from halo.oauth import resources, steps
from halo.web import door, may, queries
from halo.web.queries import Query

blueprint = Blueprint("connect", __name__)
ADDRESSES = {"here": "{workspace} only", "any": "The workspace I choose at sign-in"}


@blueprint.get("/dashboard/connect")
@door(may(Permission.APPS_OWN))
def clients() -> Any:
    """How to add the chosen client, with the address and the permissions that the form says."""
    principal, settings = web.principal(), web.settings()
    is_public = settings.base_url.startswith("https://")
    known = applications.clients()
    suggested = applications.suggested(request.headers.get("User-Agent", ""), is_public=is_public)
    panel = _panel()
    client = known[panel["choice"].get("client", suggested)]
    address = panel["address"]
    preset = applications.PRESETS[panel["choice"].get("preset", "everything")]
    mcp_url = resources.alias(settings, principal.workspace_slug) if address == "here" else settings.mcp_url
    return render_template(
        "connect/clients.html",
        known=list(known.values()),
        client=client,
        addresses=[(key, words.format(workspace=principal.workspace_name)) for key, words in ADDRESSES.items()],
        preset=preset,
        presets=[(each.key, each.title) for each in applications.PRESETS.values()],
        mcp_url=mcp_url,
        asking_url=resources.asking_for(mcp_url, preset.scopes),
        is_public=is_public,
        flag_on=flags.is_on(MCP_SERVER, workspace_id=principal.workspace_id),
        **panel,
    )


@blueprint.get("/dashboard/connect/progress")
@door(may(Permission.APPS_OWN))
def follow() -> Any:
    """The live panel; nothing where it would look as it does already."""
    if not web.is_htmx():
        asked = _asked()
        return redirect(url_for("connect.clients", since=asked.get("since") or None, **_choice(asked)))
    panel = _panel()
    if panel["seen"] == _asked().get("seen"):
        return "", 204
    return render_template("connect/_progress.html", **panel)


def _panel() -> dict[str, Any]:
    principal, asked = web.principal(), _asked()
    since = _since(asked.get("since"))
    steps.watch(principal=principal)
    stands = progress.so_far(since=since, principal=principal, settings=web.settings())
    is_over = stands.is_done or now() - since > progress.PATIENCE
    return {
        "progress": stands,
        "since": since.timestamp(),
        "choice": _choice(asked),
        "address": asked.get("address") or "here",
        "is_over": is_over,
        "seen": _fingerprint(stands, is_over),
    }


def _asked() -> Query:
    """What the address says; a choice that there is not is refused, since the usual one would ask for more."""
    choices: dict[str, Iterable[str]] = {
        "client": applications.clients(),
        "preset": applications.PRESETS,
        "address": ADDRESSES,
    }
    kinds = {name: queries.one_of(offered) for name, offered in choices.items()}
    return queries.read({**kinds, "since": queries.text(), "seen": queries.text()}).demand()


def _choice(asked: Query) -> dict[str, Any]:
    """What the person chose so far, for every address that leads back to the page."""
    return {name: value for name in ("client", "preset", "address") if (value := asked.get(name))}


def _fingerprint(stands: Progress, is_over: bool) -> str:
    return "".join(step.state[0] for step in stands.steps) + ("!" if is_over else "") + stands.client_name[:40]


def _since(typed: str) -> datetime.datetime:
    """When the person began to look: what happened before is none of this attempt's. At most an hour ago."""
    moment = now()
    try:
        said = datetime.datetime.fromtimestamp(float(typed), datetime.UTC)
    except (ValueError, OverflowError, OSError):
        return moment
    return min(max(said, moment - datetime.timedelta(hours=1)), moment)
