"""What was changed of a server and its tools: who, when, and what is otherwise in a definition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select

from halo.audit import history
from halo.ground.database import db
from halo.ledger import events
from halo.ledger.models import Change
from halo.servers import differences, loading, reviewing
from halo.servers.differences import Difference

MOST = 100
"""Changes that the page of a server shows; the audit log has all."""
_FACTS = frozenset({"accepted", "kept", "server"})
"""What of a change is told by its sentence and the differences."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One change."""

    change: Change
    who: str
    sentence: str
    differences: Sequence[Difference]
    facts: Sequence[history.ChangeLine]
    """What else was changed."""


@dataclass(frozen=True, slots=True)
class WayBack:
    """An earlier definition of a tool, and what going back to it would change."""

    alias: str
    digest: str
    differences: Sequence[Difference]


def told(server: Any) -> list[Happened]:
    """The changes of a server and of its tools, the newest first."""
    about_tools = (Change.subject_kind == "server_tool") & Change.subject.startswith(
        f"{server.slug}__", autoescape=True
    )
    about_it = (Change.subject_kind == "server") & (Change.subject_id == server.id)
    mine = select(Change).where(Change.workspace_id == server.workspace_id, or_(about_it, about_tools))
    rows = list(db.session.scalars(mine.order_by(Change.id.desc()).limit(MOST)))
    digests = [(row.before or {}).get("accepted") for row in rows] + [(row.after or {}).get("accepted") for row in rows]
    known = loading.definitions(server.workspace_id, digests)
    people = history.names(rows)
    return [_happened(row, known, people) for row in rows]


def ways_back(server: Any) -> list[WayBack]:
    """Where each tool could go back to."""
    found = []
    for row in loading.tools(server):
        earlier = reviewing.earlier(row)
        known = loading.definitions(server.workspace_id, [row.accepted, *earlier])
        now = known.get(row.accepted or "", {})
        found += [WayBack(row.alias, digest, differences.between(now, known[digest])) for digest in earlier]
    return found


def _happened(row: Change, known: dict[str, Any], people: dict[str, str]) -> Happened:
    old, new = (known.get((facts or {}).get("accepted") or "") for facts in (row.before, row.after))
    return Happened(
        row,
        history.actor(row, people),
        events.sentence(row.event, row.subject),
        differences.between(old, new) if old and new else (),
        [line for line in history.lines(row) if line.name not in _FACTS and (line.before or line.after)],
    )
