"""The groups in which pages show actions, and what an action does to what it reaches."""

from __future__ import annotations

from dataclasses import dataclass

from halo.tool import Tool


@dataclass(frozen=True)
class Group:
    """Actions that belong together, as a page shows them."""

    key: str
    title: str
    sentence: str


GROUPS = (
    Group("data", "Workspace data", "Customers, companies, leads, tickets and conversations. Nothing is changed."),
    Group("docs", "Knowledge and docs", "Halo's own public documentation."),
    Group("setup", "Set-up", "Code and samples for installing the widget."),
)
"""The groups of tools that belong to no integration, by the module of their scope; integrations stand after them."""


def group_of(declared: Tool) -> Group:
    """The group that a tool belongs to: its integration, or what its scope reads."""
    module = declared.integration or declared.scope.partition(":")[0]
    title = module.replace("_", " ").capitalize()
    known = {group.key: group for group in GROUPS}
    return known.get(module) or Group(module, title, f"What can be done in {title}.")


def access_of(declared: Tool) -> str:
    """`read`, `write` or `destructive`."""
    return "destructive" if declared.destructive else "read" if declared.read_only else "write"
