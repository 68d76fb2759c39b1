"""The one customer that a caller may be bound to."""

from __future__ import annotations

from halo.principal import Customer


def bound(end_user_id: str, *, workspace_id: str) -> Customer:
    """The customer of a bound grant; one that is gone still binds, to nobody."""
    return Customer(end_user_id, None, None, None)
