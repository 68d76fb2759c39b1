"""Groups of tools: what a person can leave out of a scope when they allow it.

A scope says how far an application reaches; a group says what its tools are about, so that one of two things that are
risky together can stay away. A declared tool names its group; what an integration does has a scope of its own instead.

To add a group: a line in `GROUPS`, and its key with the tools that belong to it.
"""

from __future__ import annotations

from dataclasses import dataclass

from halo.ground import scopes


@dataclass(frozen=True)
class Group:
    """Tools that are about one thing."""

    key: str
    title: str
    sentence: str
    """What its tools do."""
    leave: str
    """What leaving it out is called, in a button."""


GROUPS = {
    group.key: group
    for group in (
        Group(
            "records",
            "Workspace records",
            "Customers, companies, leads, tickets and conversations. Nothing is changed.",
            "Leave the records out",
        ),
        Group("knowledge", "Knowledge", "What the workspace taught its agents.", "Leave the knowledge out"),
        Group("insight", "Insight", "Questions and numbers about all conversations.", "Leave the insight out"),
        Group("web", "The open web", "Search and pages of the internet.", "Leave the web out"),
        Group("email", "E-mail", "E-mail campaigns and what became of them.", "Leave e-mail out"),
        Group("chatgpt", "ChatGPT search", "Search and fetch as ChatGPT asks for them.", "Leave ChatGPT search out"),
        Group("docs", "Documentation", "Halo's own public documentation.", "Leave the documentation out"),
        Group("setup", "Set-up", "Code and samples for installing the widget.", "Leave set-up out"),
    )
}
"""Every group, in the order in which pages show them."""


def place(scope: str, key: str) -> str:
    """A group within a scope, as forms, grants and the history of changes name it: `data:read/web`."""
    return f"{scope}/{key}"


def in_words(placed: str) -> str:
    """The same as a person reads it; what is gone by its key."""
    scope, _, key = placed.rpartition("/")
    known = GROUPS.get(key)
    return f"{known.title if known else key} ({scopes.describe(scope)[0]})" if scopes.is_known(scope) else placed
