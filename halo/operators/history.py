"""The history of a flag in a workspace: what operators decided, and where a decision began or ended by itself.

What came by itself is written down by a job; an end that it has not come to yet is reckoned from the decision.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from halo.audit import search
from halo.ground.database import now

if TYPE_CHECKING:
    from halo.ledger.models import Change


@dataclass(frozen=True)
class Entry:
    """One line of the timeline."""

    at: datetime.datetime
    was_on: bool
    is_on: bool
    by: str
    """Empty where the flag changed by itself, as the decision below had planned."""
    why: str
    starts_at: datetime.datetime | None = None
    ends_at: datetime.datetime | None = None
    message: str = ""
    is_begin: bool = False
    """Of what came by itself: whether the planned time began; else it ended."""


_BY_ITSELF = ("flag.began", "flag.ended")


def of(workspace_id: str, flag: str) -> list[Entry]:
    """The last decisions, newest first, each with its beginning and its end where they came."""
    entries: list[Entry] = []
    following, told = now(), False
    for change in search.changes_of(workspace_id, "flag", flag):
        if change.event in _BY_ITSELF:
            entries.append(_came(change))
            told = told or change.event == "flag.ended"
            continue
        decided = _decided(change)
        if decided.ends_at is not None and decided.ends_at <= following and not told:
            entries.append(Entry(decided.ends_at, decided.is_on, _underneath(change), "", ""))
        entries.append(decided)
        following, told = change.at, False
    return entries


def _came(change: Change) -> Entry:
    before, after = change.before or {}, change.after or {}
    at = _moment(after.get("at")) or change.at
    return Entry(at, bool(before.get("is_on")), bool(after.get("is_on")), "", "", is_begin=change.event == "flag.began")


def _decided(change: Change) -> Entry:
    before, after = change.before or {}, change.after or {}
    is_on = change.event == "flag.turned_on"
    return Entry(
        change.at,
        bool(before.get("is_on", not is_on)),
        is_on,
        change.by,
        change.why,
        _moment(after.get("starts_at")),
        _moment(after.get("ends_at")),
        str(after.get("message", "")),
    )


def _underneath(change: Change) -> bool:
    """What the flag went back to."""
    after = change.after or {}
    return bool(after.get("otherwise_on", not after.get("is_on")))


def _moment(text: object) -> datetime.datetime | None:
    return datetime.datetime.fromisoformat(text) if isinstance(text, str) else None
