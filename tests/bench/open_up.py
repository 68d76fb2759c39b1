"""Lifts the demo workspace's call limits, so that the load measures the path and not the refusal; prints an e-mail."""

from __future__ import annotations

from sqlalchemy import select

from halo import create_app
from halo.contacts.models import EndUser
from halo.ground.database import db, one_change
from halo.ledger import changes
from halo.workspaces.models import Workspace


def main() -> None:
    """Counting stays on; only the ceiling goes up."""
    with create_app().app_context():
        with one_change():
            workspace = db.session.scalars(select(Workspace).where(Workspace.slug == "acme")).one()
            workspace.limits = {"calls_per_workspace": 10**9, "calls_per_client": 10**9}
            changes.record(
                "workspace.updated",
                workspace_id=workspace.id,
                principal=None,
                subject=("workspace", workspace.id, workspace.name),
            )
        statement = select(EndUser.email).where(EndUser.workspace_id == workspace.id, EndUser.email.is_not(None))
        print(db.session.scalars(statement.order_by(EndUser.id).offset(700).limit(1)).one())


if __name__ == "__main__":
    main()
