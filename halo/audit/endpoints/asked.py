"""What the URL of a list asks for: its filters, as they stand there and as the search takes them."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from flask import request, url_for

from halo import addresses, web
from halo.audit.endpoints import workspace_id
from halo.audit.phrases import CALLERS, OUTCOMES
from halo.audit.search import Filters, Names
from halo.database import now
from halo.errors import Mistake
from halo.workspaces import workspaces

SPANS = {
    "15m": ("Last 15 minutes", 0.25), "1h": ("Last hour", 1), "24h": ("Last 24 hours", 24),
    "7d": ("Last 7 days", 168), "30d": ("Last 30 days", 720), "90d": ("Last 90 days", 2160),
}  # fmt: skip
"""Presets of time: words and hours."""
ERAS = {"modern": "2026-07-28 and later", "legacy": "Before 2026-07-28"}
SLOWER = {"100": "100 ms", "500": "500 ms", "1000": "1 second", "5000": "5 seconds"}
LABELS = {
    "span": "Time", "from": "From", "until": "Until", "caller": "Direction", "client": "App", "grant": "Connected app",
    "person": "Person", "integration": "Integration", "tool": "Tool", "outcome": "Outcome", "reason": "Reason",
    "era": "Protocol", "slower": "Slower than", "method": "Method", "text": "Text",
}  # fmt: skip
"""The filters that a URL can hold, by the words of their chips."""
SHAPES = ("view", "live")
"""What else stands in the URL: how the list is drawn."""
_MOMENT = "a day or a moment, such as 2026-03-04 or 2026-03-04T14:00"
_ACCEPTED = {
    "from": _MOMENT, "until": _MOMENT, "slower": "a number of milliseconds, such as 500",
    "span": f"one of {', '.join(SPANS)}",
}  # fmt: skip
_OTHER_NAMES = {"from": "since", "slower": "slower_ms"}


@dataclass(frozen=True)
class Asked:
    """A list of calls, as the URL asks for it."""

    query: Mapping[str, str]
    """The filters that have a value, as they stand in the URL."""
    shape: Mapping[str, str]
    time_zone: str
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Filters of the URL that could not be read: what was wrong, and what would be accepted, in a sentence."""

    @property
    def is_table(self) -> bool:
        return self.shape.get("view") == "table"

    @property
    def is_live(self) -> bool:
        return self.shape.get("live") == "1"

    @cached_property
    def filters(self) -> Filters:
        """The filters as the search takes them."""
        given: dict[str, Any] = {_OTHER_NAMES.get(name, name): value for name, value in self.query.items()}
        span = SPANS.get(given.pop("span", ""))
        given["since"], given["until"] = self.moment(self.query.get("from")), self.moment(self.query.get("until"))
        if span is not None:
            given["since"] = now() - datetime.timedelta(hours=span[1])
        given["slower_ms"] = _number(self.query.get("slower"))
        return Filters(**given)

    def strictly(self) -> Filters:
        """The same for what gives no page that could say what was left out; raises `Mistake` instead."""
        for name, sentence in self.left_out.items():
            raise Mistake(name, sentence)
        return self.filters

    def moment(self, text: str | None) -> datetime.datetime | None:
        """A moment of the URL: with a zone, or as `datetime-local` fields send it, in the workspace's time zone.

        None for what cannot be read, and at the ends of the calendar, where another zone's clock has no such day.
        """
        try:
            typed = datetime.datetime.fromisoformat(text) if text else None
        except ValueError:
            return None
        if typed is None or not datetime.MINYEAR < typed.year < datetime.MAXYEAR:
            return None
        if typed.tzinfo is not None:
            return typed
        return typed.replace(tzinfo=zoneinfo.ZoneInfo(self.time_zone))

    def typed(self, name: str) -> str:
        """The moment as a `datetime-local` field shows it."""
        at = self.moment(self.query.get(name))
        return f"{at.astimezone(zoneinfo.ZoneInfo(self.time_zone)):%Y-%m-%dT%H:%M}" if at else ""

    def everything(self) -> dict[str, str]:
        """Filters and shape, for the addresses of single calls and of what is polled."""
        return {**self.query, **self.shape}

    def href(self, **changed: Any) -> str:
        """This list with some of it changed; None takes a filter out."""
        return url_for("audit.executions", **(dict[str, Any](self.everything()) | changed))

    def words(self) -> str:
        """The query for a saved view."""
        kept = {**self.query, **({"view": "table"} if self.is_table else {})}
        return addresses.query(kept)

    def said(self, names: Names, grants: Mapping[str, str]) -> dict[str, str]:
        """Every filter that is set, with its value in words."""
        spoken: dict[str, Mapping[str, str]] = {
            "person": names.people, "client": names.clients, "grant": grants, "outcome": OUTCOMES, "caller": CALLERS,
            "era": ERAS, "span": {key: words for key, (words, _) in SPANS.items()},
        }  # fmt: skip
        return {name: self._said(name, value, spoken) for name, value in self.query.items()}

    def chips(self, said: Mapping[str, str]) -> list[tuple[str, str, str]]:
        """(filter, value in words, address without it) for every filter that is set."""
        return [(LABELS[name], words, self.href(**{name: None})) for name, words in said.items()]

    def _said(self, name: str, value: str, spoken: Mapping[str, Mapping[str, str]]) -> str:
        if name in ("from", "until"):
            at = self.moment(value)
            return f"{at.astimezone(zoneinfo.ZoneInfo(self.time_zone)):%-d %b %Y, %H:%M}" if at else value
        if name == "slower":
            return f"{value} ms"
        if name == "reason":
            return value.replace("_", " ")
        unknown = {"grant": "one that ended", "person": "somebody who is gone", "client": "one that is gone"}
        return spoken.get(name, {}).get(value, unknown.get(name, value))


def read() -> Asked:
    """What this request asks for."""
    given = {name: request.args.get(name, "").strip()[:200] for name in (*LABELS, *SHAPES)}
    given["from"] = given["from"] or request.args.get("since", "").strip()[:200]  # what older links say
    held = {name: value for name, value in given.items() if value and value.isprintable()}
    shape = {name: held[name] for name in SHAPES if name in held}
    whole = Asked(
        {name: held[name] for name in LABELS if name in held},
        shape,
        workspaces.current(principal=web.principal()).time_zone,
    )
    left_out = {name: _unread(name, value) for name, value in whole.query.items() if not _is_readable(whole, name)}
    return replace(
        whole, query={name: value for name, value in whole.query.items() if name not in left_out}, left_out=left_out
    )


def _is_readable(whole: Asked, name: str) -> bool:
    value = whole.query[name]
    if name in ("from", "until"):
        return whole.moment(value) is not None
    return _number(value) is not None if name == "slower" else name != "span" or value in SPANS


def _unread(name: str, value: str) -> str:
    return f"{LABELS[name]}: “{value[:60]}” was left out; it takes {_ACCEPTED[name]}."


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else None


__all__ = ["ERAS", "LABELS", "SLOWER", "SPANS", "Asked", "read", "workspace_id"]
