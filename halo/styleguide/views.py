"""One page, and the components that answer htmx on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, render_template, request

from halo import web
from halo.errors import NotFound, Reason
from halo.web import OPEN, door

blueprint = Blueprint("styleguide", __name__)
PARTS = ("foundations", "controls", "forms", "display", "tables", "panels", "consent")
"""The sections, each a partial `templates/styleguide/_<part>.html`."""


@blueprint.get("/styleguide")
@door(OPEN)
def index() -> Any:
    _for_builders()
    now = datetime.now(UTC)
    return render_template(
        "styleguide/index.html",
        parts=PARTS,
        moments=[now - timedelta(seconds=2), now - timedelta(minutes=5), now - timedelta(days=3), None],
        reason=Reason.flag_off,
        drawer_is_open="drawer" in request.args,
    )


@blueprint.post("/styleguide/switch/<state>")
@door(OPEN)
def switch(state: str) -> Any:
    """A switch that remembers nothing: it shows what a real one does with and without htmx."""
    _for_builders()
    on = state == "on"
    partial = "styleguide/_live_switch.html"
    return web.after_change("/styleguide", f"The sample was switched {state}.", partial, live_on=on)


def _for_builders() -> None:
    member = web.visitor()
    if web.settings().production and not (member and member.is_operator):
        raise NotFound("page")
