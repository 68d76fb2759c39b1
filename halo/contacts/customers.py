"""The one customer that a caller may be bound to: found by id, or by the token that the workspace's product signs."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from halo.contacts import identity
from halo.contacts.models import EndUser
from halo.contacts.records import visible
from halo.ground import vault
from halo.ground.database.quick import Prepared
from halo.ground.errors import Denied, Reason
from halo.ground.principal import Customer
from halo.workspaces.models import Workspace

_OF_WORKSPACE = select(EndUser.id, EndUser.external_id, EndUser.email, visible.PROVEN_COMPANY).where(
    EndUser.workspace_id == bindparam("workspace_id")
)
_BY_ID = Prepared(_OF_WORKSPACE.where(EndUser.id == bindparam("id")))
_BY_EXTERNAL_ID = Prepared(_OF_WORKSPACE.where(EndUser.external_id == bindparam("external_id")))
_SECRET = Prepared(select(Workspace.identity_secret).where(Workspace.id == bindparam("workspace_id")))


def customer(end_user_id: str, *, workspace_id: str) -> Customer | None:
    """The end user as what a caller is bound to; None where the workspace has no such end user."""
    row = _BY_ID.first(workspace_id=workspace_id, id=end_user_id)
    return Customer(*row) if row else None


def bound(end_user_id: str, *, workspace_id: str) -> Customer:
    """The customer of a bound grant; one that is gone still binds, to nobody."""
    return customer(end_user_id, workspace_id=workspace_id) or Customer(end_user_id, None, None, None)


def customer_of(token: str, *, workspace_id: str) -> Customer:
    """The customer whom an identity token names (header `Halo-Customer-Token`).

    Raises `Denied(customer_token_invalid)` for a bad token, and for one of somebody whom the workspace does not know.
    """
    claimed = identity.verify_identity(token, secret_of(workspace_id))
    row = _BY_EXTERNAL_ID.first(workspace_id=workspace_id, external_id=claimed.user_id)
    if row is None:
        raise Denied(
            Reason.customer_token_invalid,
            "The customer token names a user_id that this workspace has not seen.",
        )
    return Customer(*row)


def secret_of(workspace_id: str) -> str:
    """The workspace's identity secret, in the clear; raises `Denied` for a workspace that is gone."""
    row = _SECRET.first(workspace_id=workspace_id)
    if row is None:
        raise Denied(Reason.customer_token_invalid)
    return vault.open(row[0])
