"""The gate's answers for one recorded call, read back from its outcome: what held, what refused, what came after."""

from __future__ import annotations

from dataclasses import dataclass

from halo.audit.models import ActionExecution
from halo.errors import Reason


@dataclass(frozen=True)
class Step:
    """One question and its answer: passed, refused or skipped."""

    question: str
    state: str
    sentence: str = ""
    lifted_by: str = ""


ORDER: tuple[tuple[str, tuple[Reason, ...]], ...] = (
    ("The credential is good", (
        Reason.credential_missing, Reason.credential_unknown, Reason.credential_expired, Reason.credential_revoked,
        Reason.audience_mismatch,
    )),
    ("The MCP server is switched on", (Reason.flag_off,)),
    ("The person is an active member", (Reason.person_inactive,)),
    ("The connection is not paused", (Reason.grant_paused,)),
    ("The customer's token is valid", (Reason.customer_token_invalid,)),
    ("The tool exists", (Reason.tool_unknown,)),
    ("The person has the permission", (Reason.permission_missing,)),
    ("The integration is connected", (Reason.integration_off,)),
    ("The action is switched on", (Reason.toggle_off,)),
    ("The scope was granted", (Reason.scope_missing,)),
    ("The binding to one customer is kept", (Reason.customer_mismatch,)),
    ("The rate limit has room", (Reason.rate_limited,)),
    ("The arguments are valid", (Reason.arguments_invalid,)),
)  # fmt: skip
"""The gate's questions in their order (halo.gate, halo.perform)."""


def of(row: ActionExecution) -> list[Step]:
    """The questions in order; behind a refusal nothing was asked."""
    refused = Reason.__members__.get(row.reason or "")
    steps: list[Step] = []
    state = "passed"
    for question, reasons in ORDER:
        if refused in reasons and refused is not None:
            steps.append(Step(question, "refused", refused.sentence, refused.lifted_by))
            state = "skipped"
        else:
            steps.append(Step(question, state))
    if state == "skipped" or refused is None:
        return steps
    return [Step("The call was admitted", "refused", refused.sentence)]
