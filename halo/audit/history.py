"""The changes of configuration: searched by person, subject, event and time, newest first, by keyset."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from halo.ground import groups
from halo.ground.database import db
from halo.ground.permissions import Permission, Role
from halo.ground.scopes import SENTENCES
from halo.ground.text.folding import fold
from halo.ledger import moments
from halo.ledger.models import Change
from halo.workspaces.models import Person

PAGE = 50
OF_ONE = 20
"""Changes of one thing, where they are a part of its page."""
SUBJECTS = {
    "workspace": "Workspace", "person": "Person", "invitation": "Invitation", "flag": "Flag", "grant": "Connected app",
    "agent": "AI agent", "action": "Action", "execution": "Recorded call", "audit_view": "Saved view", "client": "App",
    "audit": "Audit log", "stream": "Stream of the log", "retention": "Retention of the log",
    "server": "MCP server", "server_tool": "Tool of an MCP server",
}  # fmt: skip
"""Kinds of things that are changed, in words."""
_OURS = {
    "revoked": "", "superseded": "A newer approval took its place.", "member_removed": "The person left the team.",
    "idle": "Nobody had used it for long.",
}  # fmt: skip
_FIELDS = {
    "redirect_uri": "Answer goes to", "with_later_tools": "Includes tools added later",
    "left_out": "Left out",
    "cimd": "Apps with a client document", "dcr": "Apps that register themselves",
}  # fmt: skip
_PERMISSIONS = {each.value: each.sentence.rstrip(".") for each in Permission}
_ROLES = {each.value: each.label for each in Role}
_REVERT = re.compile(r"revert of ([0-9a-f-]{36})")
_MARK = re.compile(r"revert of [0-9a-f-]{36}:? ?")


@dataclass(frozen=True)
class Wanted:
    """What to look for; None looks for everything."""

    person: str | None = None
    kind: str | None = None
    subject: str | None = None
    """Id of the thing."""
    event: str | None = None
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None


EVERYTHING = Wanted()


@dataclass(frozen=True)
class ChangeLine:
    """One value of a change: what it was, what it became; `has_` says which side knows it."""

    name: str
    before: Any
    after: Any
    has_before: bool
    has_after: bool


def page(
    workspace_id: str, wanted: Wanted = EVERYTHING, *, before: str | None = None, size: int = PAGE
) -> tuple[list[Change], str | None]:
    """The newest changes that fit, older than the change `before`, and the id to go on before."""
    where = [Change.workspace_id == workspace_id]
    columns = {
        "person": Change.person_id,
        "kind": Change.subject_kind,
        "subject": Change.subject_id,
        "event": Change.event,
    }
    where += [column == value for name, column in columns.items() if (value := getattr(wanted, name)) is not None]
    if wanted.since is not None:
        where.append(Change.id >= moments.first_id(wanted.since))
    if wanted.until is not None:
        where.append(Change.id < moments.first_id(wanted.until))
    if before is not None:
        where.append(Change.id < before)
    rows = list(db.session.scalars(select(Change).where(*where).order_by(Change.id.desc()).limit(size + 1)))
    return rows[:size], rows[size - 1].id if len(rows) > size else None


def of_subject(workspace_id: str, kind: str, subject_id: str) -> list[Change]:
    """The last changes of one thing, newest first."""
    return page(workspace_id, Wanted(kind=kind, subject=subject_id), size=OF_ONE)[0]


def people(workspace_id: str) -> list[tuple[str, str]]:
    """(id, name) of everybody who ever changed something here, by name."""
    theirs = select(Change.person_id).where(Change.workspace_id == workspace_id, Change.person_id.is_not(None))
    ids = list(db.session.scalars(theirs.distinct()))  # asked first: joined, a planner may walk all people of all
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    return sorted(((row[0], row[1]) for row in rows), key=lambda each: fold(each[1]))


def names(rows: Sequence[Change]) -> dict[str, str]:
    """Names of those who made these changes."""
    ids = {row.person_id for row in rows if row.person_id}
    return {row[0]: row[1] for row in db.session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))}


def actor(row: Change, names: dict[str, str]) -> str:
    """Who made the change: by name where the person is still there, else as it was written down then."""
    by = names.get(row.person_id or "") or row.by
    return by[:1].upper() + by[1:] if row.person_id is None else by


def lines(row: Change) -> list[ChangeLine]:
    """What differs between before and after, in the order in which it was recorded."""
    before, after = row.before or {}, row.after or {}
    names = list(dict.fromkeys([*before, *after]))
    return [
        ChangeLine(name, _parts(name, before.get(name)), _parts(name, after.get(name)), name in before, name in after)
        for name in names
        if before.get(name) != after.get(name) or (name in before) != (name in after)
    ]


def label(name: str) -> str:
    """What a field of a change is called."""
    return _FIELDS.get(name, name.replace("_", " ").capitalize())


def word(name: str, value: Any) -> str:
    """One of the values of a field, as a person says it: a scope by its title, a permission by its sentence."""
    if name in ("scopes", "with_later_tools") and value in SENTENCES:
        return SENTENCES[value][0]
    if name == "left_out":
        return groups.in_words(str(value))
    if name == "permissions" and value in _PERMISSIONS:
        return _PERMISSIONS[value]
    if name == "role" and value in _ROLES:
        return _ROLES[value]
    return str(value)


def reverted_id(row: Change) -> str | None:
    """The change that this one took back."""
    found = _REVERT.match(row.why)
    return found[1] if found else None


def reason_of(row: Change) -> str:
    """The reason that was given, without the mark of a revert, and ours in words."""
    given = _MARK.sub("", row.why, count=1)
    return _OURS.get(given, given)


def _parts(name: str, value: Any) -> Any:
    """Scopes are kept as one text, and differ word by word."""
    return value.split() if name == "scopes" and isinstance(value, str) else value
