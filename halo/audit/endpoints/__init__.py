"""What every door of the audit log shares: the blueprint, and whose log it is."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from halo import web
from halo.audit import history

blueprint = Blueprint("audit", __name__)


def workspace_id() -> str:
    """The workspace that the browser looks at."""
    return web.principal().workspace_id


@blueprint.app_template_filter("said")
def said(value: Any, name: str = "") -> str | None:
    """A value of before or after of the field `name`, as a person reads it."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')}: {said(part)}" for name, part in value.items()) or None
    return ", ".join(str(part) for part in value) or None if isinstance(value, list) else history.word(name, value)
