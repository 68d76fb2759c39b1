"""Connections as rows of a page: how each is doing, what it used last, who looks after it; filters and groups."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from halo.apps import connections, reports
from halo.audit import of_grants
from halo.audit.counting import counts
from halo.audit.counting.counts import GrantCount
from halo.ground.database import db, now
from halo.ground.principal import Member
from halo.ground.text.folding import fold
from halo.oauth import known_clients, logos
from halo.oauth.grants import label
from halo.oauth.known_clients import Badge
from halo.oauth.logos import Logo
from halo.oauth.models import Grant, Token

if TYPE_CHECKING:
    from halo.ledger.models import ActionExecution, Change

LIVE = datetime.timedelta(hours=1)
SOON = datetime.timedelta(days=7)
DAYS = 7
"""Of the sparkline and the count of refusals."""
KINDS = {"dcr": "Registered itself (DCR)", "cimd": "Client document (CIMD)", "personal": "Access token"}
SHORT = {"dcr": "DCR", "cimd": "CIMD", "personal": "Token"}
STATES = {
    "live": "Live",
    "idle": "Idle",
    "warning": "Needs attention",
    "refused": "Paused or refused",
}
"""Kind of dot -> the filter in words; `live` is used within the last hour."""
_CONNECTION_REASONS = frozenset({"flag_off", "person_inactive", "audience_mismatch"})
_PROGRAM = re.compile(r"[^/(;]+(?:/[\w.+-]+)?")
"""The first product of a User-Agent, or a name and version."""
_SYSTEMS = (
    ("iPhone", "iOS"), ("iPad", "iPadOS"), ("Android", "Android"), ("Windows", "Windows"), ("win32", "Windows"),
    ("Macintosh", "macOS"), ("darwin", "macOS"), ("macOS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True)
class AppState:
    """How a connection is doing."""

    kind: str
    """Of the dot: live, idle, warning or refused."""
    word: str
    why: str = ""
    """What happened and who can lift it; empty where nothing is wrong."""


@dataclass(frozen=True)
class Health:
    """The tokens of a connection."""

    access_issued: datetime.datetime | None = None
    access_ends: datetime.datetime | None = None
    refresh_ends: datetime.datetime | None = None

    def needs_sign_in(self) -> bool:
        """Whether neither the access token nor a refresh is good any more."""
        ends = [end for end in (self.access_ends, self.refresh_ends) if end is not None]
        return bool(ends) and max(ends) <= now()


@dataclass(frozen=True)
class App:
    """One connection, with what the log and the tokens say of it."""

    grant: Grant
    name: str
    badge: Badge | None
    state: AppState
    health: Health
    calls: GrantCount
    last: ActionExecution | None
    reported: Change | None
    logo: Logo | None = None

    @property
    def device(self) -> str:
        """What its last call said of program and computer."""
        return device_of(self.last.client_info if self.last else None)

    @property
    def era(self) -> str:
        """The protocol revision of its last call."""
        return (self.last.protocol_version if self.last else None) or ""

    @property
    def registration(self) -> str:
        return KINDS[self.grant.client.kind]

    @property
    def registered(self) -> str:
        """The same, short."""
        return SHORT[self.grant.client.kind]


def apps(grants: Iterable[Grant]) -> list[App]:
    """The rows of these connections of one workspace, in their order."""
    held = list(grants)
    if not held:
        return []
    workspace_id, ids = held[0].workspace_id, [grant.id for grant in held]
    begin = (now() - datetime.timedelta(days=DAYS - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    counted = counts.by_grant(workspace_id, ids, since=begin, step=datetime.timedelta(days=1))
    last, health = of_grants.last_calls(ids), _health(ids)
    reported = reports.standing(workspace_id, {grant.client_row_id for grant in held})
    pictures = logos.of_clients(grant.client for grant in held)
    return [
        _app(grant, counted[grant.id], last.get(grant.id), health.get(grant.id, Health()), reported, pictures)
        for grant in held
    ]


def page(*, principal: Member, everyone: bool, query: str = "", state: str = "") -> tuple[list[App], int]:
    """The connections that fit, those that need attention first, then by last use; and how many there are in all."""
    rows = apps(connections.of_workspace(principal=principal, everyone=everyone))
    words = fold(query).split()
    fit = [row for row in rows if (not state or row.state.kind == state) and _has(row, words)]
    return sorted(fit, key=_rank), len(rows)


def groups(rows: Iterable[App], by: str) -> list[tuple[str, list[App]]]:
    """(heading, rows): by person, by app, or all in one without a heading."""
    headings: Mapping[str, Callable[[App], str]] = {
        "person": lambda row: f"{row.grant.person.name}, {row.grant.person.email}",
        "app": lambda row: row.grant.client.name,
    }
    if by not in headings:
        return [("", list(rows))]
    found: dict[str, list[App]] = {}
    for row in rows:
        found.setdefault(headings[by](row), []).append(row)
    return sorted(found.items(), key=lambda it: fold(it[0]))


def state_of(grant: Grant, health: Health, last: ActionExecution | None) -> AppState:
    """Refused, then what needs attention, then how recently it was used."""
    moment = now()
    owner = "The person who allowed it, or an admin."
    if grant.revoked_at is not None:
        return AppState("refused", "Revoked", "Every call is refused. To use the app again, connect it again.")
    if grant.paused_at is not None:
        return AppState("refused", "Paused", f"Every call is refused until it is resumed. {owner}")
    if grant.expires_at is not None and grant.expires_at <= moment:
        return AppState("refused", "Over", "The time that it was allowed for has passed. Connect it again.")
    if last is not None and last.outcome == "refused" and last.reason in _CONNECTION_REASONS:
        return AppState("refused", "Refused", f"Its last call was refused: {(last.reason or '').replace('_', ' ')}.")
    if grant.kind == "oauth" and health.needs_sign_in():
        return AppState(
            "warning", "Signed out", "Its tokens ran out and were not refreshed. Sign in again from the app."
        )
    if grant.expires_at is not None and grant.expires_at - moment < SOON:
        return AppState("warning", "Expires soon", "The time that it was allowed for is nearly over.")
    if grant.last_used_at is not None and moment - grant.last_used_at < LIVE:
        return AppState("live", "Live")
    return AppState("idle", "Idle" if grant.last_used_at else "Not used yet")


def device_of(info: str | None) -> str:
    """Program and system of a client's own description or User-Agent: `claude-code 2.1.3 · macOS`."""
    if not info:
        return ""
    program = _PROGRAM.match(info.strip())
    system = next((name for sign, name in _SYSTEMS if sign.lower() in info.lower()), "")
    words = program[0].replace("/", " ").strip() if program else ""
    return " · ".join(part for part in (words, system) if part)[:60]


def _app(
    grant: Grant,
    calls: GrantCount,
    last: ActionExecution | None,
    health: Health,
    reported: Mapping[str, Change],
    pictures: Mapping[str, Logo],
) -> App:
    badge = known_clients.badge(grant.client, grant.redirect_uri) if grant.kind == "oauth" else None
    state = state_of(grant, health, last)
    report, picture = reported.get(grant.client_row_id), pictures.get(grant.client_row_id)
    return App(grant, label(grant), badge, state, health, calls, last, report, picture)


def _health(ids: list[str]) -> dict[str, Health]:
    rows = db.session.execute(
        select(Token.grant_id, Token.kind, func.max(Token.issued_at), func.max(Token.expires_at))
        .where(Token.grant_id.in_(ids), Token.revoked_at.is_(None), Token.rotated_at.is_(None))
        .group_by(Token.grant_id, Token.kind)
    )
    found: dict[str, dict[str, Any]] = {}
    for grant_id, kind, issued, ends in rows:
        said = {"access_issued": issued, "access_ends": ends} if kind == "access" else {"refresh_ends": ends}
        found.setdefault(grant_id, {}).update(said)
    return {grant_id: Health(**said) for grant_id, said in found.items()}


def _has(row: App, words: list[str]) -> bool:
    text = f"{row.name} {row.grant.client.name} {row.grant.person.name} {row.grant.person.email} {row.device}"
    text = fold(text)
    return all(word in text for word in words)


def _rank(row: App) -> tuple[int, float, str]:
    order = {"warning": 0, "refused": 1}
    used = row.grant.last_used_at or row.grant.created_at
    return order.get(row.state.kind, 2), -used.timestamp(), row.grant.id
