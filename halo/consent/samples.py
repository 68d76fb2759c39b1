"""See what it sees: one read tool, run as the person themselves, and a redacted record of its answer.

The record is their own workspace's, which they may see anyway; it is redacted because a consent page stands on
screens that others look at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from halo import catalogue, trial
from halo.ground.errors import Reason
from halo.ground.principal import Member
from halo.ledger import mask, redact
from halo.perform import Refusal

CALLS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "data:read": ("data_search_users", {"limit": 1}),
    "docs:read": ("search_docs", {"query": "scopes", "limit": 1}),
    "setup:read": ("setup_get_install_snippet", {}),
}
"""Scope -> the read-only tool that shows it best, and the arguments that any workspace has an answer to."""
FIELDS = 8
LONGEST = 120
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T[\d:.+Z-]+")
_NAME = re.compile(r"(?:^|_)name$")


@dataclass(frozen=True)
class Sample:
    """What one call gave, or why it gave nothing."""

    scope: str
    title: str
    fields: tuple[tuple[str, str], ...] = ()
    """(label, value), redacted."""
    total: int | None = None
    """How many such records there are."""
    refusal: Reason | None = None
    message: str = ""
    """What to read where there is no record."""


def slug(scope: str) -> str:
    """The scope as a part of an id of the page."""
    return scope.replace(":", "-").replace("*", "all")


def exists(scope: str) -> bool:
    """Whether there is a sample of this scope."""
    return scope in CALLS and catalogue.declared().find(CALLS[scope][0]) is not None


def take(scope: str, *, member: Member) -> Sample:
    """Call the tool as this person and keep one record, redacted; writes an audit row and counts like any call."""
    name, arguments = CALLS[scope]
    wanted = catalogue.declared().find(name)
    title = wanted.title if wanted else name
    done = trial.run(name, arguments, member=member)
    if isinstance(done, Refusal):
        return Sample(scope, title, refusal=done.reason, message=done.reason.sentence)
    answer = done.answer
    if answer.is_error:
        return Sample(scope, title, message=answer.text)
    data = answer.plain() or {}
    record = _first(data)
    if record is None:
        says = "There is no record yet. Once there are some, the app sees what a teammate sees of them."
        return Sample(scope, title, message=says)
    total = data.get("total")
    return Sample(scope, title, redacted(record), total if isinstance(total, int) else None)


def redacted(record: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The first fields of a record that say something, as (label, value), with nobody to be recognised."""
    shown = [(name.replace("_", " ").capitalize(), _value(name, value)) for name, value in record.items()]
    return tuple((label, value) for label, value in shown if value)[:FIELDS]


def _first(data: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The first record of a list; of an answer that has none, the answer itself."""
    lists = [value for value in data.values() if isinstance(value, list)]
    if not lists:
        return data or None
    records = [value for value in lists[0] if isinstance(value, Mapping)]
    return records[0] if records else None


def _value(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return _value("name", value.get("name") or "")
    if value is None or isinstance(value, list):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "id" or name.endswith("_id"):
        return ""
    text = str(value)
    if moment := _TIME.fullmatch(text):
        return moment[1]
    if _NAME.search(name):
        return " ".join(f"{word[:1]}•••" for word in text.split()[:3])
    text = redact.text(mask.text(text))
    return f"{text[:LONGEST].rstrip()}…" if len(text) > LONGEST else text
