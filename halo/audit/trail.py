"""The gate's answers for one recorded call: what was recorded, and what follows from it.

A row records one thing of the gate: the reason of the refusal, or that there was none. The rest is derived and says
so: the gate asks in a fixed order, so what stands before the refusal held, and what stands behind it was never asked.
The numbers of the rate limit are counted from the log itself.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import func, select

from halo import catalogue, facts
from halo.gate.table import CHECKS, Stage
from halo.ground import limits, scopes
from halo.ground.database import db
from halo.ground.database.outage import Unavailable
from halo.ground.errors import Reason
from halo.ledger import moments
from halo.ledger.models import ActionExecution
from halo.servers.reach import ATTRIBUTES
from halo.tool import Tool


@dataclass(frozen=True)
class Step:
    """One question and its answer."""

    question: str
    short: str
    """The question in a word."""
    state: str
    """passed, refused, skipped, or unknown."""
    sentence: str = ""
    lifted_by: str = ""
    note: str = ""
    """What the question was about in this call."""

    @property
    def source(self) -> str:
        """Where the answer comes from."""
        return {"refused": "recorded", "skipped": "not asked", "unknown": "not recorded"}.get(self.state, "derived")


def walked(row: ActionExecution) -> list[Step]:
    """The questions that such a caller is asked, in order; behind a refusal nothing was asked. How far a call came
    before something that Halo stands on was away is not known."""
    refused = Reason.__members__.get(row.reason or "")
    asked = [check for check in CHECKS if row.caller in check.asked and (row.tool or check.stage is Stage.CONNECTION)]
    if refused is not None and not any(refused in check.reasons for check in asked):
        return [Step("The call was admitted", "admission", "refused", refused.sentence, refused.lifted_by)]
    notes = _notes(row)
    steps: list[Step] = []
    state = "unknown" if row.reason == Unavailable.word else "passed"
    for check in asked:
        note = notes.get(check.name, "") if state == "passed" else ""
        if refused is not None and refused in check.reasons:
            steps.append(Step(check.question, check.name, "refused", refused.sentence, refused.lifted_by, note))
            state = "skipped"
        else:
            steps.append(Step(check.question, check.name, state, note=note))
    return steps


def _notes(row: ActionExecution) -> dict[str, str]:
    """What each question was about, where that can be told today."""
    wanted = catalogue.of(facts.now_of(row.workspace_id)).find(row.tool or "")
    found = {"tool": row.tool or "", "integration": row.integration or "", "limit": _limit(row)}
    if wanted is not None:
        found["scope"] = wanted.scope
        found["permission"] = scopes.ceiling(wanted.scope) or "membership is enough"
    bound = "bound to one customer" if row.end_user_id else ""
    found["customer"] = "; ".join(filter(None, (bound, _reach(wanted) if wanted is not None else "")))
    return found


def _reach(wanted: Tool) -> str:
    """Whose data the tool of a connected server reaches, and which of its parameters Halo fills in."""
    if wanted.server_id is None:
        return ""
    filled = [f"{name} ({ATTRIBUTES.get(attribute, attribute)})" for name, attribute in wanted.customer.items()]
    if wanted.bound == "locked":
        return f"reaches one customer: Halo fills in {' and '.join(filled)}"
    return "reaches no single customer" if wanted.bound == "same" else "nobody has said yet whose data it reaches"


def _limit(row: ActionExecution) -> str:
    """`41 of 240 a minute`: calls of the connection in the minute up to this one, and what it is allowed now."""
    if row.grant_id is None:
        return ""
    minute = datetime.timedelta(seconds=limits.WINDOW_SECONDS)
    mine = (
        select(ActionExecution.id)
        .where(
            ActionExecution.grant_id == row.grant_id,
            ActionExecution.id > moments.first_id(row.at - minute),
            ActionExecution.id <= row.id,
        )
        .limit(10_000)
        .subquery()
    )
    calls = db.session.scalar(select(func.count()).select_from(mine)) or 0
    now = facts.now_of(row.workspace_id).limits
    quota = now.get("calls_per_client", limits.CALLS_PER_CLIENT)
    return f"{calls:,} of {quota:,} a minute"
