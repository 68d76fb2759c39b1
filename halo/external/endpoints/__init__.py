"""What every door of connected servers shares: the blueprint."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("external", __name__)
