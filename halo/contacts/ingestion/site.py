"""Whose widget key a request carries, and whether it may speak for the end user it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from halo.contacts import identity
from halo.ground import vault
from halo.ground.database.quick import Prepared
from halo.ground.errors import Denied, Reason
from halo.workspaces.models import Workspace


@dataclass(frozen=True, slots=True)
class Site:
    """The workspace behind a widget key."""

    workspace_id: str
    identity_required: bool
    sealed_secret: str
    time_zone: str

    @property
    def secret(self) -> str:
        """The identity secret, in the clear."""
        return vault.open(self.sealed_secret)


_BY_KEY = Prepared(
    select(Workspace.id, Workspace.identity_required, Workspace.identity_secret, Workspace.time_zone).where(
        Workspace.widget_key == bindparam("key")
    )
)


def of_key(key: str) -> Site | None:
    """The site of a widget key, or None for an unknown one."""
    row = _BY_KEY.first(key=key)
    return Site(row[0], bool(row[1]), row[2], row[3]) if row else None


def vouched(site: Site, user_id: str, token: str | None) -> Mapping[str, Any]:
    """What the token vouches for about this end user; nothing without one. Raises `Denied` where that is not enough."""
    if token is None:
        if site.identity_required:
            raise Denied(Reason.customer_token_invalid, "This workspace demands identity: send user_token.")
        return {}
    claimed = identity.verify_identity(token, site.secret)
    if claimed.user_id != user_id:
        raise Denied(Reason.customer_token_invalid, "The identity token names another user_id than the request.")
    return claimed.claims


def check_company(site: Site, company_id: str, claims: Mapping[str, Any]) -> None:
    """Raise `Denied` unless the end user may be put into this company: a member reads what the company has.

    Where identity is demanded the token must name the company, new ones too: whoever founded one under an id that a
    real company takes later would be in it.
    """
    claimed = claims.get("company_id")
    if not claimed and site.identity_required:
        says = "This workspace demands identity: the identity token needs the claim company_id, equal to the request's."
        raise Denied(Reason.customer_token_invalid, says)
    if str(claimed or company_id) != company_id:
        raise Denied(Reason.customer_token_invalid, "The identity token names another company_id than the request.")
