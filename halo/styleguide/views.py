"""One page, and the components that answer htmx on it."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, render_template, request

from halo import web
from halo.ground.errors import NotFound
from halo.styleguide import specimens
from halo.web import OPEN, door

blueprint = Blueprint("styleguide", __name__)
PARTS = ("foundations", "controls", "forms", "display", "tables", "panels", "charts", "consent", "actions")
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
        samples=_samples(),
        actions=specimens.every(now),
        parameters=specimens.parameters(),
        drawer_is_open="drawer" in request.args,
    )


def _samples() -> dict[str, list[int]]:
    """Numbers for the charts: always the same, with peaks and gaps."""
    answered = [round(60 + 55 * math.sin(hour / 3.8) + hour * 7 % 23) if hour % 13 else 0 for hour in range(30)]
    return {
        "answered": answered,
        "errors": [hour % 5 for hour in range(30)],
        "refused": [calls // 6 if 12 < hour < 17 else hour % 3 for hour, calls in enumerate(answered)],
        "failed": [9 if hour == 21 else 0 for hour in range(30)],
        "slow": [2 * calls + hour % 7 * 12 for hour, calls in enumerate(answered)],
    }


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
