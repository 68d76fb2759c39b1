"""Saved views: filters of the audit log under a name, one's own or shared with everybody who reads the log.

A view is nothing but an address, so sharing one gives nobody more than they may see. Its owner deletes it; admins
also delete what is shared.
"""

from __future__ import annotations

from sqlalchemy import or_, select

from halo.audit.models import SavedView
from halo.ground.database import db, one_change
from halo.ground.errors import Denied, Mistake, NotFound, Reason
from halo.ground.permissions import Permission, Role, demand
from halo.ground.principal import Member
from halo.ground.text import names
from halo.ground.text.folding import fold, is_same
from halo.ledger import changes

MOST = 50
"""Views of one person."""
LONGEST_NAME, LONGEST_QUERY = 60, 2000


def visible_to(*, principal: Member) -> list[SavedView]:
    """The person's own views and those that are shared in the workspace, by name."""
    theirs = or_(SavedView.person_id == principal.person_id, SavedView.is_shared)
    found = select(SavedView).where(SavedView.workspace_id == principal.workspace_id, theirs)
    return sorted(db.session.scalars(found), key=lambda view: (fold(view.name), view.id))


def save(name: str, query: str, *, is_shared: bool, principal: Member) -> SavedView:
    """Keep these filters under this name; a view of that name of the same person takes the new filters."""
    _demand(principal)
    name = names.chosen(name, "name", LONGEST_NAME)
    if not query or len(query) > LONGEST_QUERY:
        raise Mistake("name", "Set a filter first; there is nothing to keep yet.")
    with one_change() as session:
        mine = [view for view in visible_to(principal=principal) if view.person_id == principal.person_id]
        view = next((view for view in mine if is_same(view.name, name)), None)
        if view is None and len(mine) >= MOST:
            raise Mistake("name", f"You have {MOST} views. Delete one first.")
        before = None if view is None else _facts(view)
        view = view or SavedView(workspace_id=principal.workspace_id, person_id=principal.person_id)
        view.name, view.query, view.is_shared = name, query, is_shared
        session.add(view)
        session.flush()
        _recorded("view.saved", view, principal, before, _facts(view))
    return view


def remove(view_id: str, *, principal: Member) -> SavedView:
    """Delete the view: one's own, or a shared one as an admin. Raises NotFound for another's."""
    _demand(principal)
    with one_change() as session:
        view = next((view for view in visible_to(principal=principal) if view.id == view_id), None)
        if view is None:
            raise NotFound("saved view")
        if not may_remove(view, principal=principal):
            raise Denied(Reason.permission_missing, "Only its owner or an admin deletes a shared view.")
        session.delete(view)
        _recorded("view.removed", view, principal, _facts(view), None)
    return view


def may_remove(view: SavedView, *, principal: Member) -> bool:
    """Whether this person may delete the view."""
    is_admin = principal.role in (Role.SUPER_ADMIN, Role.ADMIN)
    return view.person_id == principal.person_id or (view.is_shared and is_admin)


def _demand(principal: Member) -> None:
    demand(Permission.AUDIT_VIEW, principal=principal)


def _facts(view: SavedView) -> dict[str, object]:
    return {"name": view.name, "filters": view.query, "shared": view.is_shared}


def _recorded(
    event: str,
    view: SavedView,
    principal: Member,
    before: dict[str, object] | None,
    after: dict[str, object] | None,
) -> None:
    subject = ("audit_view", view.id, view.name)
    changes.record(
        event, workspace_id=view.workspace_id, principal=principal, subject=subject, before=before, after=after
    )
