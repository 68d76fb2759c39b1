"""The same call once more: as oneself from the page, or with curl from a terminal."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any

import orjson

from halo import catalogue, facts, trial
from halo.audit.payloads import Payload
from halo.ground.errors import Mistake, Reason
from halo.ground.principal import Member
from halo.ground.wire.revisions import FIRST_MODERN, NEWEST_LEGACY
from halo.ledger.models import ActionExecution
from halo.perform import Refusal

_META = "io.modelcontextprotocol/"
"""What is spoken where a row tells no version."""


@dataclass(frozen=True)
class Repeated:
    """What the call answered this time."""

    outcome: str
    text: str
    data: str
    """The structured answer as readable JSON; may be empty."""
    size: int
    reason: Reason | None = None


def obstacle(row: ActionExecution, payload: Payload) -> str:
    """Why this call cannot be made again from the page; empty where it can."""
    if row.tool is None or row.method != "tools/call":
        return "Only the call of a tool can be made again."
    declared = catalogue.of(facts.now_of(row.workspace_id)).find(row.tool)
    if declared is None or declared.destructive:
        return "There is no such tool to call now."
    if not declared.read_only:
        return "This tool changes something, so it is not called from here. Copy it as curl if you mean to."
    if row.arguments is None:
        return "The arguments were not recorded, so the call cannot be made again."
    if payload.is_redacted:
        return "Parts of the arguments were left out before they were recorded, so nobody can make this call again."
    if payload.is_masked:
        return "The arguments are masked, and the answer would show them. Reveal them first."
    return ""


def run(row: ActionExecution, payload: Payload, *, principal: Member) -> Repeated:
    """Call the tool with the recorded arguments as this person; the audit log gets a call of its own."""
    if hindered := obstacle(row, payload):
        raise Mistake("call", hindered)
    done = trial.run(str(row.tool), row.arguments or {}, member=principal)
    if isinstance(done, Refusal):
        return Repeated("refused", done.sentence, "", 0, done.reason)
    data = done.answer.plain()
    shown = "" if data is None else orjson.dumps(data, option=orjson.OPT_INDENT_2, default=str).decode()
    return Repeated("tool_error" if done.answer.is_error else "ok", done.answer.text, shown, len(done.wire))


def curl(row: ActionExecution, payload: Payload, *, url: str) -> str:
    """The call as a command line, with the token as $HALO_TOKEN; what is masked or left out stays so."""
    version = row.protocol_version or NEWEST_LEGACY
    is_modern = version >= FIRST_MODERN
    method = row.method if "/" in row.method else "tools/list"
    params: dict[str, Any] = {"name": row.tool, "arguments": payload.arguments or {}} if row.tool else {}
    headers = ["Content-Type: application/json", "Accept: application/json, text/event-stream"]
    headers.append(f"MCP-Protocol-Version: {version}")
    if is_modern:
        client = {"name": "curl", "version": "1"}
        params["_meta"] = {
            f"{_META}protocolVersion": version,
            f"{_META}clientCapabilities": {},
            f"{_META}clientInfo": client,
        }
        headers.append(f"Mcp-Method: {method}")
        headers += [f"Mcp-Name: {row.tool}"] if row.tool else []
    body = orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).decode()
    lines = [f"curl -sS {shlex.quote(url)}", '-H "Authorization: Bearer $HALO_TOKEN"']
    lines += [f"-H {shlex.quote(header)}" for header in headers]
    return " \\\n  ".join([*lines, f"--data {shlex.quote(body)}"])
