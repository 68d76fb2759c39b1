"""Recording changes of configuration, and the state version that they raise."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, Protocol

from sqlalchemy import select, update

from halo.ground.database import db, insert_into
from halo.ground.errors import NotFound
from halo.ground.principal import Principal, SignedIn
from halo.ledger import events
from halo.ledger.models import Change, StateVersion


class ByPerson(Protocol):
    """A person's row (`halo.workspaces.models.Person`, which stands above the ledger)."""

    @property
    def id(self) -> str: ...

    @property
    def email(self) -> str: ...


_because: ContextVar[str] = ContextVar("because", default="")


def record(
    event: str,
    *,
    workspace_id: str | None,
    principal: Principal | SignedIn | None,
    subject: tuple[str, str, str],
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    why: str = "",
    by: str | ByPerson = "",
) -> None:
    """Write one `changes` row inside the current `one_change` and make every cache of the workspace stale.

    `subject` is (kind, id, words). Without a principal the change was made by whom `by` names: a person before they
    were signed in, a part of the system, or, where it is empty, the command line.
    """
    if event not in events.EVENTS:
        raise KeyError(f"there is no event {event!r}; add it to halo/ledger/events.py")
    kind, identity, words = subject
    db.session.add(
        Change(
            workspace_id=workspace_id,
            event=event,
            person_id=by.id if not isinstance(by, str) else principal.person_id if principal else None,
            by=(by or _name(principal)) if isinstance(by, str) else by.email,
            subject_kind=kind,
            subject_id=identity,
            subject=words[:300],
            before=before,
            after=after,
            why=_reason(why)[:500],
        )
    )
    if workspace_id is None:
        raise_every_version()
    else:
        raise_version(workspace_id)


@contextlib.contextmanager
def because(why: str) -> Iterator[None]:
    """What is recorded inside says this first as its reason: a revert, which goes through the changes' own services."""
    token = _because.set(why)
    try:
        yield
    finally:
        _because.reset(token)


def raise_version(workspace_id: str) -> None:
    """Make what every process cached of the workspace stale, once the current change is committed."""
    statement = insert_into(StateVersion).values(workspace_id=workspace_id, version=1)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=[StateVersion.workspace_id], set_={"version": StateVersion.version + 1}
        )
    )


def raise_every_version() -> None:
    """The same for every workspace."""
    db.session.execute(update(StateVersion).values(version=StateVersion.version + 1))


def _reason(why: str) -> str:
    first = _because.get()
    return why if not first or why.startswith(first) else f"{first}: {why}" if why else first


def _name(principal: Principal | SignedIn | None) -> str:
    return principal.called if principal else "the command line"


def get(workspace_id: str, change_id: str, *, lock: bool = False) -> Change:
    """One change of the workspace; raises NotFound. Locked, nobody else gets it so before this one is done."""
    wanted = select(Change).where(Change.workspace_id == workspace_id, Change.id == change_id)
    row = db.session.scalar(wanted.with_for_update() if lock else wanted)
    if row is None:
        raise NotFound("change")
    return row
