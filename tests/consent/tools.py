"""Tools of two integrations that are connected nowhere, for the nested part of the consent page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from halo import tool
from halo.tool import Answer, Arguments, Tool

ACTIONS = (("crm", "create_deal", False), ("crm", "note", False), ("crm", "refund", True), ("chat", "post", False))


@pytest.fixture
def integration_tools() -> Iterator[None]:
    """Registered for one test."""
    for integration, action, destructive in ACTIONS:
        tool.register(_declared(integration, action, destructive))
    yield
    for integration, action, _ in ACTIONS:
        tool.forget(f"{integration}_{action}")


def _declared(integration: str, action: str, destructive: bool) -> Tool:
    return tool.of_models(
        name=f"{integration}_{action}",
        title=action,
        description=f"Do {action}.",
        scope=f"actions:{integration}:{action}",
        parameters=Arguments,
        result=None,
        handler=lambda arguments, *, principal: Answer("done"),
        read_only=False,
        destructive=destructive,
        idempotent=False,
        open_world=False,
        bound="same",
        integration=integration,
        action=action,
    )
