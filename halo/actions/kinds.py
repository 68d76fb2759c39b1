"""Actions that belong together, as a page shows them, and what each may touch."""

from __future__ import annotations

from halo.ground.groups import GROUPS, Group
from halo.tool import Tool


def group_of(declared: Tool) -> Group:
    """The group that a tool belongs to: its integration as one, else its own. An integration may be called as a group
    is, so its key says that it is one."""
    if declared.group in GROUPS and not declared.integration:
        return GROUPS[declared.group]
    key = declared.integration or declared.scope.partition(":")[0]
    title = key.replace("_", " ").capitalize()
    return Group(f"integration-{key}", title, f"What can be done in {title}.", f"Leave {title} out")


def access_of(declared: Tool) -> str:
    """`read`, `write` or `destructive`."""
    return "destructive" if declared.destructive else "read" if declared.read_only else "write"
