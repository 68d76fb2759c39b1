"""What the URL of a list asks for: its filters, as they stand there and as the search takes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flask import url_for

from halo import web
from halo.audit.endpoints import times, workspace_id
from halo.audit.phrases import CALLERS
from halo.audit.search import Filters, SubjectNames
from halo.ground.errors import Mistake
from halo.ground.wire import addresses
from halo.ground.wire.revisions import FIRST_MODERN
from halo.ledger import moments
from halo.ledger.executions import OUTCOMES
from halo.web import queries
from halo.web.queries import Kind, Query

ERAS = {"modern": f"{FIRST_MODERN} and later", "legacy": f"Before {FIRST_MODERN}"}
SLOWER = {"100": "100 ms", "500": "500 ms", "1000": "1 second", "5000": "5 seconds"}
LABELS = {
    "span": "Time", "from": "From", "until": "Until", "caller": "Direction", "client": "App", "grant": "Connected app",
    "person": "Person", "agent": "AI agent", "server": "Server", "integration": "Integration",
    "tool": "Tool", "outcome": "Outcome", "reason": "Reason",
    "era": "Protocol", "slower": "Slower than", "method": "Method", "text": "Text",
}  # fmt: skip
"""The filters that a URL can hold, by the words of their chips."""
SHAPES = ("view", "live")
"""What else stands in the URL: how the list is drawn."""
_VERSION = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TEXT = queries.text()
PLACE = Kind("the id of a row, as “Older” has it", lambda value: value if moments.is_id(value) else None)
"""Where a list goes on."""
_ERA = Kind(
    "modern, legacy or a version such as 2025-11-25",
    lambda value: value.lower() if value.lower() in ERAS or _VERSION.fullmatch(value) else None,
    tuple(ERAS),
)
_KINDS = {
    "caller": queries.one_of(CALLERS), "client": _TEXT, "grant": _TEXT, "person": _TEXT, "integration": _TEXT,
    "agent": _TEXT, "server": _TEXT,
    "tool": _TEXT, "outcome": queries.one_of(OUTCOMES), "reason": _TEXT, "era": _ERA,
    "slower": queries.number(9_999_999), "method": _TEXT, "text": _TEXT,
    "view": queries.one_of(["table", "list"]), "live": queries.one_of(["1"]),
}  # fmt: skip
_ALONE = {"before": PLACE, "after": PLACE, "started": queries.number(10**12)}
"""What stands in the URL of one page of a list only."""


@dataclass(frozen=True)
class Asked:
    """A list of calls, as the URL asks for it."""

    query: Mapping[str, str]
    """The filters that have a value, as they are understood."""
    shape: Mapping[str, str]
    time_zone: str
    left_out: Mapping[str, str] = field(default_factory=dict)
    """What of the URL is not understood, in sentences: a list without it would show more, so nothing is shown."""
    places: Mapping[str, str] = field(default_factory=dict)
    """Where in the list: `before`, `after`, `started`."""

    @property
    def is_table(self) -> bool:
        return self.shape.get("view") == "table"

    @property
    def is_live(self) -> bool:
        return self.shape.get("live") == "1"

    @cached_property
    def filters(self) -> Filters:
        """The filters as the search takes them."""
        given: dict[str, Any] = {name: value for name, value in self.query.items() if name not in times.kinds("UTC")}
        slower = given.pop("slower", None)
        since, until = times.stretch(self.query, self.time_zone)
        return Filters(**given, since=since, until=until, slower_ms=int(slower) if slower else None)

    def strictly(self) -> Asked:
        """The same for what gives no page that could say what is not understood; raises `Mistake` instead."""
        for name, sentence in self.left_out.items():
            raise Mistake(name, sentence)
        return self

    def typed(self, name: str) -> str:
        """The edge of the time as a `datetime-local` field shows it."""
        return times.typed(self.query, name, self.time_zone)

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

    def said(self, names: SubjectNames, grants: Mapping[str, str]) -> dict[str, str]:
        """Every filter that is set, with its value in words."""
        spoken: dict[str, Mapping[str, str]] = {
            "person": names.people, "client": names.clients, "grant": grants, "outcome": OUTCOMES, "caller": CALLERS,
            "era": ERAS, "span": times.SPANS, "agent": names.agents, "server": names.servers,
        }  # fmt: skip
        return {name: self._said(name, value, spoken) for name, value in self.query.items()}

    def chips(self, said: Mapping[str, str]) -> list[tuple[str, str, str]]:
        """(filter, value in words, address without it) for every filter that is set."""
        return [(LABELS[name], words, self.href(**{name: None})) for name, words in said.items()]

    def _said(self, name: str, value: str, spoken: Mapping[str, Mapping[str, str]]) -> str:
        if name in times.EDGES:
            return times.said(value, name, self.time_zone)
        if name == "slower":
            return f"{value} ms"
        if name == "reason":
            return value.replace("_", " ")
        unknown = {"grant": "one that ended", "person": "somebody who is gone", "client": "one that is gone"}
        unknown |= dict.fromkeys(("agent", "server"), "one that is gone")
        return spoken.get(name, {}).get(value, unknown.get(name, value))


def read(*alone: str) -> Asked:
    """What this request asks for; `alone` are the names besides the filters that this door's URL can hold."""
    zone = web.principal().time_zone
    edges = times.kinds(zone)
    kinds = {name: edges.get(name) or _KINDS[name] for name in (*LABELS, *SHAPES)}
    older = {"since": edges["from"]}  # what older links say
    found = queries.read({**kinds, **older, **{name: _ALONE[name] for name in alone}}, LABELS)
    found = times.checked(_with_since_as_from(found), zone, LABELS)
    return Asked(
        {name: found.values[name] for name in LABELS if name in found.values},
        {name: found.values[name] for name in SHAPES if name in found.values},
        zone,
        found.refused,
        {name: found.values[name] for name in alone if name in found.values},
    )


def _with_since_as_from(found: Query) -> Query:
    since = found.get("since")
    return Query({"from": since, **found.values}, found.refused) if since else found


__all__ = ["ERAS", "LABELS", "PLACE", "SLOWER", "Asked", "read", "workspace_id"]
