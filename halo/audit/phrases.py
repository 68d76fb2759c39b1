"""What a call did, as a person tells it: `looked up a customer`, `could not search tickets: the rate limit …`.

To give a new tool its words, add a line to `PHRASES`: what it did, and the same after "could not". A test asks for one
of every declared tool; a name that is not here is told by its name.
"""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from halo.audit.search import SubjectNames
from halo.ground.errors import Reason
from halo.ledger.models import ActionExecution
from halo.tool import BYTES_A_TOKEN

PHRASES: dict[str, tuple[str, str]] = {
    "data_find_company": ("looked up a company", "look up a company"),
    "data_find_user": ("looked up a customer", "look up a customer"),
    "data_get_ticket": ("read a ticket", "read a ticket"),
    "data_get_transcript": ("read a conversation", "read a conversation"),
    "data_list_negative_feedback": ("listed negative feedback", "list negative feedback"),
    "data_search_companies": ("searched companies", "search companies"),
    "data_search_leads": ("searched leads", "search leads"),
    "data_search_tickets": ("searched tickets", "search tickets"),
    "data_search_transcripts": ("searched conversations", "search conversations"),
    "data_search_users": ("searched customers", "search customers"),
    "read_doc": ("read a page of the documentation", "read a page of the documentation"),
    "search_docs": ("searched the documentation", "search the documentation"),
    "setup_get_install_snippet": ("fetched the install snippet", "fetch the install snippet"),
    "setup_get_jwt_sample": ("fetched a sample of identity tokens", "fetch a sample of identity tokens"),
    "initialize": ("opened a connection", "open a connection"),
    "tools/list": ("fetched the list of tools", "fetch the list of tools"),
    "tools/call": ("called a tool", "call a tool"),
    "GET": ("knocked at the MCP address", "reach the MCP address"),
    "POST": ("knocked at the MCP address", "reach the MCP address"),
}
CALLERS = {"mcp": "Connected apps", "agent": "AI agents", "dashboard": "People in the dashboard"}
_WHY = {
    "approval_wanted": "a teammate has to approve it first",
    "arguments_invalid": "the arguments did not fit",
    "NotFound": "nothing was found",
    "TooSlow": "it took longer than a call may",
    "UpstreamFailed": "a service outside Halo failed",
    "internal": "something broke inside Halo",
    "interrupted": "Halo was stopped before the end was known",
    "unavailable": "something that Halo stands on was away",
}


@dataclass(frozen=True)
class Day:
    """The calls of one day."""

    words: str
    rows: list[ActionExecution]


def verb(row: ActionExecution) -> str:
    """What the call did or could not do, without its actor."""
    did, do = _phrase(row)
    if row.outcome == "unknown":
        return f"may have {did}"
    return did if row.outcome == "ok" else f"could not {do}"


def why(row: ActionExecution) -> str:
    """Why it could not, as the rest of the sentence; empty for a call that was answered."""
    times = f" ({row.stands_for:,} times within a minute)" if row.stands_for > 1 else ""
    return _why(row) + times


def _why(row: ActionExecution) -> str:
    if row.outcome == "ok":
        return ""
    reason = Reason.__members__.get(row.reason or "")
    if row.reason in _WHY:
        return _WHY[row.reason]
    if reason is not None:
        return _lower(reason.sentence.rstrip("."))
    return "something broke inside Halo" if row.outcome == "failed" else "the tool answered with an error"


def tokens(row: ActionExecution) -> int:
    """About how many tokens the answer cost the model that read it; 0 where there was none."""
    return -(-row.result_size // BYTES_A_TOKEN)


def came(row: ActionExecution) -> str:
    """What came of it, in the tool's word; empty where it said none."""
    return row.word or ""


def actor(row: ActionExecution, names: SubjectNames) -> tuple[str, str]:
    """Who acted, and for whom: (`Claude Code`, `Olivia Owner`); for a person in the dashboard, and for an agent that no
    person ran, only the first."""
    person = names.people.get(row.person_id or "", "Somebody who is gone")
    app = names.app(row)
    if row.agent_id is not None:
        return names.agent(row), person if row.person_id else ""
    return (app, person) if app else (person, "")


def days(rows: Sequence[ActionExecution], time_zone: str, moment: datetime.datetime) -> list[Day]:
    """The rows by their day in the time zone, in the order in which they come."""
    zone = zoneinfo.ZoneInfo(time_zone)
    today = moment.astimezone(zone).date()
    grouped = groupby(rows, key=lambda row: row.at.astimezone(zone).date())
    return [Day(_day(date, today), list(each)) for date, each in grouped]


def _phrase(row: ActionExecution) -> tuple[str, str]:
    name = row.tool or row.method
    known = PHRASES.get(name)
    if known is not None:
        return known
    return (f"called {name}", f"call {name}") if row.tool else (f"sent {name}", f"send {name}")


def _day(date: datetime.date, today: datetime.date) -> str:
    words = f"{date:%A}, {date.day} {date:%B}" + ("" if date.year == today.year else f" {date.year}")
    near = {0: "Today", 1: "Yesterday"}.get((today - date).days)
    return f"{near}, {date.day} {date:%B}" if near else words


def _lower(words: str) -> str:
    return words if words[:2].isupper() else words[:1].lower() + words[1:]
