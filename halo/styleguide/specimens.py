"""What the style guide shows: rows of an Actions page in all their states (with a switch, with modes, only to look at),
and a tool's parameters."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from halo import catalogue
from halo.actions.vocabulary import Holder
from halo.agents.lines import SwitchLine
from halo.ground.modes import Mode
from halo.trial import fields
from halo.trial.fields import TypedField

CLIENTS = Holder("sample-clients", "Sample clients", (Mode.AUTO, Mode.NEVER))
AGENT = Holder("sample-agent", "Sample agent", tuple(Mode))


def every(now: datetime) -> list[tuple[Holder, bool, list[SwitchLine]]]:
    """Whose rows, whether they can be changed by who looks, and the rows."""
    return [
        (CLIENTS, True, [_row("on_off", CLIENTS, mode, now, "read") for mode in CLIENTS.modes]),
        (AGENT, True, [_row("modes", AGENT, mode, now, access) for mode, access in _ACCESS.items()]),
        (AGENT, True, [_row("asks", AGENT, mode, now, "destructive") for mode in (Mode.ASK, Mode.NEVER)]),
        (CLIENTS, False, [_row("seen_on_off", CLIENTS, mode, now, "read") for mode in CLIENTS.modes]),
        (AGENT, False, [_row("seen", AGENT, mode, now, access) for mode, access in _ACCESS.items()]),
    ]


def parameters() -> list[TypedField]:
    """Of a tool with a parameter of every kind."""
    shapes: dict[str, Any] = {
        "email": {"type": "string", "description": "Whose orders.", "examples": ["nina@example.com"]},
        "limit": {"type": "integer", "default": "many"},
        "status": {"enum": ["open", "shipped", "lost"]},
        "since": {"type": "string", "format": "date"},
        "numbers": {"type": "array", "items": {"type": "string"}},
        "address": {"type": "object", "description": "Where to."},
        "note": {"type": "string", "maxLength": 2000},
        "key": {"type": "string", "writeOnly": True},
    }
    return fields.fields({"properties": shapes, "required": ["email", "limit"]})


_ACCESS = {Mode.AUTO: "read", Mode.ASK: "write", Mode.NEVER: "write"}
_TITLES = {"read": "Look up a deal", "write": "Create a deal", "destructive": "Refund a charge"}


def _row(key: str, holder: Holder, mode: Mode, now: datetime, access: str) -> SwitchLine:
    declared = replace(
        catalogue.declared().every()[0],
        name=f"sample_{key}_{mode}",
        title=_TITLES[access],
        scope=f"actions:sample:{access}",
        read_only=access == "read",
        destructive=access == "destructive",
    )
    used = mode is Mode.AUTO
    return SwitchLine(
        declared,
        mode,
        holder.modes_for(declared),
        calls=120 if used else 0,
        success=99.2 if used else None,
        last_used=now - timedelta(minutes=5) if used else None,
        set_at=now - timedelta(days=3),
        set_by="Olivia Owner",
    )
