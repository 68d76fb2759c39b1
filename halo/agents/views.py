"""The doors of AI Agents; each module under `endpoints` hangs its own on the blueprint."""

from __future__ import annotations

from halo.agents.endpoints import agent, blueprint, overview, runs, switches

__all__ = ["agent", "blueprint", "overview", "runs", "switches"]
