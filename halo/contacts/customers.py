"""The one customer that a caller may be bound to: found by id, by the token that the workspace's product signs, or as
somebody wrote them at consent, on a page, on the command line."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import bindparam, select

from halo.contacts import identity
from halo.contacts.models import EndUser
from halo.contacts.records import end_users, visible
from halo.ground import vault
from halo.ground.database.quick import Prepared
from halo.ground.errors import Denied, Mistake, Reason
from halo.ground.permissions import Permission
from halo.ground.principal import Customer, Member
from halo.ground.text import names
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
    return replace(Customer(*row), is_proven=True)


def secret_of(workspace_id: str) -> str:
    """The workspace's identity secret, in the clear; raises `Denied` for a workspace that is gone."""
    row = _SECRET.first(workspace_id=workspace_id)
    if row is None:
        raise Denied(Reason.customer_token_invalid)
    return vault.open(row[0])


def named(typed: str, *, principal: Member | None) -> str | None:
    """The id of the one end user with this e-mail, external id or id; None where nothing was written.

    Raises `Mistake` where it names none or several: a binding that is not understood never becomes none.
    """
    if not typed.strip():
        return None
    if principal is None or not principal.may(Permission.CONTACTS_VIEW):
        raise Mistake("customer", "You may not see customers in this workspace. An admin can change that on Team.")
    words = names.visible(typed)
    for by in ("email", "external_id", "id"):
        found = end_users.find(by, words, principal=principal) if words else []
        if len(found) > 1:
            raise Mistake("customer", "Several customers have this e-mail; name one by external id or id.")
        if found:
            return str(found[0]["id"])
    raise Mistake("customer", "There is no customer with this e-mail, external id or id in the workspace.")
