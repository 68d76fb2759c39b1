"""The doors of Connected apps; each module hangs its own on the blueprint."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("apps", __name__)
