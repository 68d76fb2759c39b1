"""What a server lists becomes rows: the first list is the lock, every later one is held against it.

The first time, whoever connects accepts what is listed, except tools with marks of `suspicion`, which are held until
somebody looks at them. From then on nothing that is new, changed or renamed counts before a person took it. What cannot
be used stands there with its reason, and keeps no other tool from working. What takes time (schemas that are compiled,
texts that are searched) is done before the change (`looked_at`), so that nobody waits for it with the write lock.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from halo import catalogue
from halo.actions import switched
from halo.ground.database import db, now
from halo.ground.errors import UpstreamFailed
from halo.ground.server_limits import SERVER_DEFINITIONS_BYTES
from halo.servers import loading, lock, sanitising, suspicion
from halo.servers.aliases import alias
from halo.servers.client import Listed
from halo.servers.lock import Definition, State
from halo.servers.models import Server, ServerTool

LONGEST_NAME = 200
NAMELESS = "(without a name)"


@dataclass(slots=True)
class Refreshed:
    """What a look at the list found otherwise than the look before: names, by what they are now."""

    listed: int = 0
    accepted: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unusable: list[str] = field(default_factory=list)

    @property
    def found(self) -> dict[str, list[str]]:
        """The same without what is empty."""
        kinds = ("accepted", "new", "changed", "renamed", "removed", "unusable")
        return {kind: names for kind in kinds if (names := getattr(self, kind))}


def is_held(row: ServerTool) -> bool:
    """Whether a person has to look at what is listed before it counts."""
    return row.listed is not None and row.listed not in (row.accepted, row.kept)


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A list of tools of which it is known what each is good for."""

    usable: Mapping[str, Definition]
    digests: Mapping[str, str]
    unusable: Mapping[str, str]
    """Name -> why."""
    marked: frozenset[str]
    """Names of those with marks; looked for only where the list is to be the lock."""
    ttl_ms: int


def looked_at(listed: Listed, others: Collection[str] | None = None) -> LookedAt:
    """What the tools of a list are good for; with the names of `others` also which of them have marks."""
    usable, unusable = _told_apart(listed)
    digests = {name: lock.digest(definition) for name, definition in usable.items()}
    of_interest = usable.items() if others is not None else ()
    marked = frozenset(name for name, definition in of_interest if suspicion.marks(definition, others or ()))
    return LookedAt(usable, digests, unusable, marked, listed.ttl_ms)


def write(server: Server, listed: LookedAt, *, session: Session, accepted_by: str | None = None) -> Refreshed:
    """Inside a change: take over what the server lists now; the first time it is the lock."""
    is_first = server.listed_at is None
    usable, unusable = listed.usable, listed.unusable
    rows = {row.name: row for row in loading.tools(server)}
    held = loading.definitions(server.workspace_id, (row.accepted for row in rows.values()))
    same = {row.name for row in rows.values() if row.accepted and row.accepted == listed.digests.get(row.name)}
    locked = [held[row.accepted] for row in rows.values() if row.accepted and row.name not in {*unusable, *same}]
    others = [definition for name, definition in usable.items() if name not in same]
    found = Refreshed(listed=len(usable) + len(unusable))
    loading.keep({listed.digests[it["name"]]: it for it in others}, workspace_id=server.workspace_id, session=session)
    places = _Places(server, rows, session)
    for name in same:
        _listed(rows[name], listed.digests[name], None, found)
    for each in lock.compared(locked, others):
        if each.listed is not None:
            _listed(places.of(each.name), listed.digests[each.name], each, found)
    for name, reason in unusable.items():
        _refused(places.of(name), reason, found)
    for row in rows.values():
        if row.name not in usable and row.name not in unusable:
            _gone(row, found, session)
    if is_first and accepted_by is not None:
        _lock(places.made, listed.marked, found, accepted_by)
    if found.found:
        server.revision = Server.revision + 1
    return found


def _lock(made: Iterable[ServerTool], marked: Collection[str], found: Refreshed, by: str) -> None:
    for row in made:
        if row.listed is not None and row.name not in marked:
            row.accepted, row.accepted_at, row.accepted_by = row.listed, now(), by
            found.new.remove(row.name)
            found.accepted.append(row.name)


def others_of(server: Server) -> frozenset[str] | None:
    """What has to be known of other tools where the server's next list is to be the lock; None where it is not."""
    if server.listed_at is not None:
        return None
    return names_of_others(server.id, workspace_id=server.workspace_id)


def names_of_others(server_id: str, *, workspace_id: str) -> frozenset[str]:
    """Names of tools that a model may have beside those of this server, as far as they cannot be common words."""
    theirs = select(ServerTool.alias, ServerTool.name).where(
        ServerTool.workspace_id == workspace_id, ServerTool.server_id != server_id
    )
    foreign = {name for row in db.session.execute(theirs) for name in row}
    return frozenset(name for name in foreign | {tool.name for tool in catalogue.declared().every()} if "_" in name)


class _Places:
    """The row of each name, made where there is none."""

    def __init__(self, server: Server, rows: dict[str, ServerTool], session: Session) -> None:
        self._server, self._rows, self._session = server, rows, session
        self._taken: set[str] | None = None
        self.made: list[ServerTool] = []

    def of(self, name: str) -> ServerTool:
        if name not in self._rows:
            row = ServerTool(
                workspace_id=self._server.workspace_id, server_id=self._server.id, name=name, alias=self._alias(name)
            )
            self._session.add(row)
            self._rows[name] = row
            self.made.append(row)
        return self._rows[name]

    def _alias(self, name: str) -> str:
        if self._taken is None:
            mine = select(ServerTool.alias).where(ServerTool.workspace_id == self._server.workspace_id)
            self._taken = set(self._session.scalars(mine))
        found = alias(self._server.slug, name, self._taken)
        self._taken.add(found)
        return found


def _listed(row: ServerTool, digest: str, standing: lock.Standing | None, found: Refreshed) -> None:
    """No standing: it is as it was accepted."""
    if row.listed == digest and not row.unusable:
        return
    row.listed, row.listed_at, row.unusable = digest, now(), ""
    origin = standing.accepted if standing is not None and standing.state is State.renamed else None
    row.renamed_from = origin["name"] if origin is not None else ""
    if standing is None:
        found.accepted.append(row.name)
    elif is_held(row):
        {State.new: found.new, State.renamed: found.renamed}.get(standing.state, found.changed).append(row.name)


def _gone(row: ServerTool, found: Refreshed, session: Session) -> None:
    if row.accepted is None:
        switched.forget([row.alias], workspace_id=row.workspace_id)
        session.delete(row)
    if row.listed is None and not row.unusable:
        return
    row.listed, row.kept, row.unusable, row.listed_at = None, None, "", now()
    found.removed.append(row.name)


def _refused(row: ServerTool, reason: str, found: Refreshed) -> None:
    if row.unusable == reason:
        return
    row.listed, row.unusable, row.listed_at = None, reason[:500], now()
    found.unusable.append(row.name)


def _told_apart(listed: Listed) -> tuple[dict[str, Definition], dict[str, str]]:
    """By name what can be used, and of the rest why it cannot."""
    if sum(map(_length, listed.tools)) > SERVER_DEFINITIONS_BYTES:
        most = f"{SERVER_DEFINITIONS_BYTES:,}"
        raise UpstreamFailed("protocol", f"The definitions of the server's tools are longer than {most} bytes in all.")
    usable: dict[str, Definition] = {}
    unusable = {_shown(name): reason for name, reason in listed.dropped}
    for each in listed.tools:
        name, reason = _shown(each.get("name")), sanitising.reason_against(each)
        if reason is None and (name in usable or name in unusable):
            usable.pop(name, None)
            reason = "The server lists more than one tool of this name."
        if reason is None:
            usable[name] = lock.definition(each)
        else:
            unusable[name] = reason
    return usable, unusable


def _length(tool: Mapping[str, Any]) -> int:
    try:
        return len(json.dumps(tool))
    except RecursionError:
        return 0  # it cannot be used anyway


def _shown(name: object) -> str:
    return shown_name(name) or NAMELESS


def shown_name(name: object) -> str:
    """A stranger's name on one line, of signs that are seen."""
    return " ".join(sanitising.text(name, LONGEST_NAME).split())


def held_counts(workspace_id: str) -> dict[str, int]:
    """Server -> how many of its tools are held."""
    rows = db.session.execute(
        select(ServerTool.server_id, func.count())
        .where(
            ServerTool.workspace_id == workspace_id,
            ServerTool.listed.is_not(None),
            ServerTool.accepted.is_(None) | (ServerTool.accepted != ServerTool.listed),
            ServerTool.kept.is_(None) | (ServerTool.kept != ServerTool.listed),
        )
        .group_by(ServerTool.server_id)
    )
    return {key: value for key, value in rows}  # noqa: C416 - rows are no pairs to mypy
