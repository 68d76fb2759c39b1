"""Limits of AI agents, each a named constant with its reason, beside those of calls (`halo.ground.limits`)."""

from __future__ import annotations

RUNS_PER_PERSON = "60 per minute"
"""Tools that a person runs as an agent: each is a conversation of its own, whose limit never counts to two."""
AGENTS_PER_WORKSPACE = 100
"""Archived ones too: each is a line of a page, and a workspace names its agents after their work."""
AGENT_NAME_CHARACTERS = 60
"""What a line of the list and a cell of the audit log hold."""
AGENT_INSTRUCTIONS_CHARACTERS = 20_000
"""Some 5,000 tokens, which a model reads on every turn."""
