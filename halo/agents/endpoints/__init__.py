"""AI Agents: the list, one agent, the switches of each holder, and an agent run by hand."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("agents", __name__)
