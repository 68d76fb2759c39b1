"""The words of AI agents: what kinds there are, and the states that one can be in."""

from __future__ import annotations

from halo.ground.words import Word


class AgentKind(Word):
    """Whom an agent talks to."""

    CUSTOMER_FACING = "customer_facing", "Answers customers, and hands over to the team."
    INTERNAL = "internal", "Helps the team itself; no customer talks to it."
    SALES = "sales", "Talks to visitors: qualifies leads and arranges demos."
    HELP_CENTER = "help_center", "Answers from the help center."


class AgentStatus(Word):
    """Whether an agent works."""

    DRAFT = "draft", "Being set up: it talks to nobody, and can be run from its page."
    LIVE = "live", "Ready for conversations."
    PAUSED = "paused", "Calls nothing, whatever is switched on for it."


KINDS = {kind.value: kind for kind in AgentKind}
STATUSES = {status.value: status for status in AgentStatus}
TITLES = {
    AgentKind.CUSTOMER_FACING: "Customer-facing",
    AgentKind.INTERNAL: "Internal",
    AgentKind.SALES: "Sales",
    AgentKind.HELP_CENTER: "Help center",
}
ICONS = {
    AgentKind.CUSTOMER_FACING: "message-square",
    AgentKind.INTERNAL: "users",
    AgentKind.SALES: "trending-up",
    AgentKind.HELP_CENTER: "book-open",
}
"""The sign of each kind."""
