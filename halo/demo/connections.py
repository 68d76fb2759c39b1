"""Connections of Acme's people and a month of their calls, so that Home, Connected apps and Audit show life.

The same every time but for the moment that all of it is reckoned from, so that somebody is always live. The digests
of the tokens are digests of nothing: no text opens them.
"""

from __future__ import annotations

import datetime

from halo.apps import personal
from halo.demo import calls, cast
from halo.demo.world import Row, Told, World
from halo.ground import settings
from halo.ledger import bulk as log
from halo.oauth import bulk

DAYS = 30
CLAUDE_CODE = "https://claude.ai/oauth/claude-code-client-metadata"
READS = "docs:read setup:read data:read"


TOLD = (
    Told(cast.OWNER, "Claude Code", "cimd", "http://localhost:53682/callback", f"{READS} actions:*",
         "claude-code/2.1.3 (cli; macOS)", "2025-11-25", 41, 0.003, 46, client_id=CLAUDE_CODE),
    Told(cast.OWNER, "Gemini CLI", "dcr", "http://localhost:7777/oauth/callback", READS,
         "gemini-cli/0.9.1 (linux; x64)", "2025-06-18", 96, 74, 4),
    Told(cast.ADMIN, "Claude", "dcr", "https://claude.ai/api/mcp/auth_callback", READS,
         "Claude-User/1.0", "2025-06-18", 33, 0.02, 28),
    Told(cast.ADMIN, "", "personal", "", "docs:read data:read", "python-httpx/0.28.1", "2025-11-25", 26, 0.35, 12,
         client_id=personal.CLIENT_ID, name="Nightly report", ends=64, trouble=0.01),
    Told(cast.SUPPORT, "Cursor", "dcr", "cursor://anysphere.cursor-mcp/oauth/callback", "docs:read data:read",
         "Cursor/2.2.14 (win32 x64)", "2025-11-25", 19, 0.06, 31, consented=READS, trouble=0.09),
    Told(cast.SUPPORT, "VS Code", "dcr", "https://vscode.dev/redirect", READS,
         "Visual Studio Code/1.106.0 (darwin)", "2026-07-28", 24, 1.4, 9, ends=5),
    Told(cast.VIEWER, "ChatGPT", "dcr", "https://chatgpt.com/connector/oauth/demo", "docs:read data:read",
         "openai-mcp/1.0.0", "2025-06-18", 15, 2.1, 14, paused=2.0, trouble=0.12),
    Told(cast.VIEWER, "Lead Scraper Pro", "dcr", "https://scraper.example/callback", "data:read",
         "axios/1.7.2", "2025-03-26", 12, 3.32, 40, revoked=3.3, trouble=0.2),
)  # fmt: skip


def plant(workspace_id: str, people: dict[str, str], moment: datetime.datetime) -> int:
    """Write the connections, their history and their calls; how many rows; nothing where there is a connection already.

    `people` are ids by address.
    """
    if not bulk.is_blank(workspace_id, [told.client_id for told in TOLD if told.client_id]):
        return 0
    world = World("halo-demo-connections", moment, workspace_id)
    clients = {told: _client(world, told) for told in TOLD}
    grants = {told: _grant(world, told, clients[told]["id"], people[told.who]) for told in TOLD}
    tokens = [row for told in TOLD for row in _tokens(world, told, grants[told])]
    changes = [row for told in TOLD for row in _changes(world, told, grants[told])]
    made = [row for told in TOLD for row in calls.calls_of(world, told, grants[told], DAYS)]
    return bulk.write(list(clients.values()), list(grants.values()), tokens) + log.write(made, changes)


def _client(world: World, told: Told) -> Row:
    at = world.ago(told.since)
    return {
        "id": world.id_at(at),
        "client_id": told.client_id or f"halo_client_demo_{world.luck.getrandbits(96):024x}",
        "kind": told.kind,
        "name": told.app or "Personal access token",
        "token_endpoint_auth_method": "none",
        "redirect_uris": [told.redirect] if told.redirect else [],
        "details": {},
        "created_at": at,
    }


def _grant(world: World, told: Told, client: str, person: str) -> Row:
    return {
        "id": world.id_at(world.ago(told.since)),
        "workspace_id": world.workspace_id,
        "person_id": person,
        "client_row_id": client,
        "kind": "personal" if told.kind == "personal" else "oauth",
        "name": told.name,
        "scopes": told.scopes,
        "consented": told.consented,
        "resource": settings.current().mcp_url,
        "redirect_uri": told.redirect,
        "created_at": world.ago(told.since),
        "expires_at": None if told.ends is None else world.ago(-told.ends),
        "paused_at": None if told.paused is None else world.ago(told.paused),
        "revoked_at": None if told.revoked is None else world.ago(told.revoked),
        "revoked_why": "" if told.revoked is None else "revoked",
        "last_used_at": world.ago(told.used),
    }


def _tokens(world: World, told: Told, grant: Row) -> list[Row]:
    """The pair in force, and the refresh tokens that came before it."""
    used, hour = world.ago(told.used), datetime.timedelta(hours=1)
    ends = grant["expires_at"] or used + datetime.timedelta(days=90)
    rows = [_token(world, grant, "access", used, ends if told.kind == "personal" else used + hour)]
    if told.kind == "personal":
        return rows
    rows.append(_token(world, grant, "refresh", used, ends))
    for number in range(1, min(40, int((told.since - told.used) * 3)) + 1):
        at = used - datetime.timedelta(hours=8 * number)
        rows.append(_token(world, grant, "refresh", at, ends, rotated=at + hour))
    return rows


def _token(
    world: World, grant: Row, kind: str, issued: datetime.datetime, ends: datetime.datetime,
    rotated: datetime.datetime | None = None,
) -> Row:  # fmt: skip
    return {
        "id": world.id_at(issued),
        "workspace_id": world.workspace_id,
        "digest": f"{world.luck.getrandbits(256):064x}",
        "kind": kind,
        "grant_id": grant["id"],
        "family_id": grant["id"],
        "scopes": grant["consented"] or grant["scopes"],
        "resource": grant["resource"],
        "issued_at": issued,
        "expires_at": ends,
        "revoked_at": grant["revoked_at"],
        "rotated_at": rotated,
    }


def _changes(world: World, told: Told, grant: Row) -> list[Row]:
    made, words = "token.created" if told.kind == "personal" else "grant.approved", told.name or told.app
    asked = told.consented or told.scopes
    found = [_change(world, told, grant, made, words, told.since, None, {"scopes": asked})]
    if told.consented:
        narrowed = _change(
            world, told, grant, "grant.narrowed", words, 6, {"scopes": asked}, {"scopes": told.scopes}
        )  # fmt: skip
        found.append(narrowed)
    if told.paused is not None:
        found.append(_change(world, told, grant, "grant.paused", words, told.paused, None, None))
    if told.revoked is not None:
        revoked = _change(world, told, grant, "grant.revoked", words, told.revoked, {"scopes": told.scopes}, None)
        found.append(revoked | {"why": "revoked"})
    return found


def _change(
    world: World, told: Told, grant: Row, event: str, words: str, days: float, before: Row | None, after: Row | None
) -> Row:
    return {
        "id": world.id_at(world.ago(days)),
        "at": world.ago(days),
        "workspace_id": world.workspace_id,
        "event": event,
        "person_id": grant["person_id"],
        "by": told.who,
        "subject_kind": "grant",
        "subject_id": grant["id"],
        "subject": words,
        "before": before,
        "after": after,
        "why": "",
    }
