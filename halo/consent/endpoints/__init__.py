"""The doors of consent; each module hangs its own on the blueprint."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("consent", __name__)
