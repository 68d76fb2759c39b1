"""Personal data in recorded arguments: hidden from everybody at first, and revealed call by call with a reason.

Breaking the glass is a change (`payload.revealed`): who, which call, when and why stand in the changes feed, and what
was revealed stays open to that person for `MINUTES` only. The permission alone opens nothing.

Searching is reading: who finds a call by its arguments knows what is in them. So a search looks at arguments only for a
person who said why they look for exactly that text (`payload.searched`).
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import func, select

from halo.audit import search
from halo.ground import vault
from halo.ground.database import db, now, one_change
from halo.ground.errors import Mistake
from halo.ground.permissions import Permission, demand
from halo.ground.principal import Member
from halo.ledger import changes, mask, redact
from halo.ledger.models import ActionExecution, Change
from halo.workspaces import members

MINUTES = 15
"""How long a revealed payload stays open to who revealed it."""
KIND = "execution"
SEARCH = "search"


@dataclass(frozen=True)
class Payload:
    """The recorded arguments as this person may see them now."""

    arguments: Any
    """Masked, unless revealed; None where nothing was recorded."""
    is_masked: bool
    """Whether something is hidden from this person now."""
    is_redacted: bool
    """Whether values were left out before they were recorded; nobody can bring those back."""
    open_until: datetime.datetime | None
    """Set where this person revealed it."""

    @property
    def text(self) -> str | None:
        """As readable JSON."""
        if self.arguments is None:
            return None
        return orjson.dumps(self.arguments, option=orjson.OPT_INDENT_2).decode()

    @property
    def is_whole(self) -> bool:
        """Whether this is exactly what the call was made with, as far as the person sees."""
        return not self.is_masked and not self.is_redacted


def shown(row: ActionExecution, *, principal: Member) -> Payload:
    """The arguments of the call for this person."""
    masked = mask.masked(row.arguments, row.tool)
    hides = masked != row.arguments
    until = _open_until(row, principal) if hides else None
    shown = row.arguments if until else masked
    return Payload(shown, hides and until is None, _is_redacted(row.arguments), until)


def reveal(execution_id: str, why: str, *, principal: Member) -> ActionExecution:
    """Show this person the call's personal data for a while; who, when and why is recorded for everybody."""
    demand(Permission.AUDIT_PAYLOADS, principal=principal)
    row = search.get(principal.workspace_id, execution_id)
    why = reason(why)
    with one_change():
        words = f"{row.tool or row.method} of {row.at:%Y-%m-%d %H:%M:%S} UTC"
        subject = (KIND, row.id, words)
        changes.record("payload.revealed", workspace_id=row.workspace_id, principal=principal, subject=subject, why=why)
    return row


def open_search(wanted: str, why: str, *, principal: Member) -> None:
    """Let this person's searches for the text look at arguments for a while; who, what and why is recorded, the text
    as everybody may read it."""
    demand(Permission.AUDIT_PAYLOADS, principal=principal)
    why = reason(why)
    with one_change():
        subject = (SEARCH, _key(wanted), f"“{mask.text(wanted)[:200]}”")
        place = principal.workspace_id
        changes.record("payload.searched", workspace_id=place, principal=principal, subject=subject, why=why)


def may_search(wanted: str | None, *, principal: Member) -> bool:
    """Whether a search for the text looks at arguments for this person now."""
    return wanted is not None and _opened("payload.searched", SEARCH, _key(wanted), principal) is not None


def reason(why: str) -> str:
    """The reason for breaking the glass, on one line; raises `Mistake` without one."""
    why = " ".join(why.split())
    if not why:
        raise Mistake("why", "Say why: it is recorded with your name.")
    if len(why) > 500:
        raise Mistake("why", "Keep the reason under 500 characters.")
    return why


def who_may(workspace_id: str) -> list[str]:
    """Names of the people who may reveal payloads."""
    return [
        member.person.name
        for member in members.of_workspace(workspace_id)
        if Permission.AUDIT_PAYLOADS in members.held(member)
    ]


def _open_until(row: ActionExecution, principal: Member) -> datetime.datetime | None:
    return _opened("payload.revealed", KIND, row.id, principal)


def _opened(event: str, kind: str, subject_id: str, principal: Member) -> datetime.datetime | None:
    """Until when what this person broke the glass for stays open to them."""
    if not principal.may(Permission.AUDIT_PAYLOADS):
        return None
    open_for = datetime.timedelta(minutes=MINUTES)
    at = db.session.scalar(
        select(func.max(Change.at)).where(
            Change.workspace_id == principal.workspace_id,
            Change.subject_kind == kind,
            Change.subject_id == subject_id,
            Change.event == event,
            Change.person_id == principal.person_id,
            Change.at > now() - open_for,
        )
    )
    return at + open_for if at else None


def _key(wanted: str) -> str:
    """The text as a change names it: keyed, or everybody could try texts until one fits."""
    return vault.current().sign("audit search", wanted)


def _is_redacted(value: Any) -> bool:
    """Whether a value was replaced or cut before it was recorded."""
    if isinstance(value, dict):
        return any(_is_redacted(part) for part in value.values())
    if isinstance(value, list):
        return any(_is_redacted(part) for part in value)
    return isinstance(value, str) and (redact.REDACTED in value or len(value) > redact.LONGEST)
