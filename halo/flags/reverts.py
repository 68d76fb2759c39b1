"""Taking a switched flag back: on or off comes back, what an operator planned with it does not."""

from __future__ import annotations

from collections.abc import Callable

from halo.flags import service as flags
from halo.ground.principal import Member
from halo.ledger.models import Change
from halo.ledger.reverts import Revert, State, after, before

_OPERATORS = "An operator of this Halo instance can."


def _was_on(change: Change) -> State:
    return {name: value for name, value in before(change).items() if name == "is_on"}


def _is_on(change: Change) -> State:
    return {name: value for name, value in after(change).items() if name == "is_on"}


def _flag_now(change: Change, principal: Member) -> State:
    return {"is_on": flags.values_of(principal.workspace_id)[change.subject_id]}


def _flag_loses(change: Change) -> str:
    words = {"starts_at": "when it was to begin", "ends_at": "when it was to end", "message": "the message"}
    lost = [says for name, says in words.items() if name in before(change)]
    return f"Only on or off comes back, not {' or '.join(lost)}: an operator sets that anew." if lost else ""


def _flag(turn: Callable[..., object]) -> Callable[[Change, str, Member], object]:
    def apply(change: Change, why: str, principal: Member) -> object:
        return turn(change.subject_id, workspace_id=principal.workspace_id, why=why, principal=principal)

    return apply


def _operator(_change: Change, principal: Member) -> bool:
    return principal.is_operator


REVERTS = {
    "flag.turned_on": Revert(
        "Switch {subject} off again", _OPERATORS, _operator, _is_on, _was_on, _flag_now, _flag(flags.turn_off),
        _flag_loses,
    ),
    "flag.turned_off": Revert(
        "Switch {subject} on again", _OPERATORS, _operator, _is_on, _was_on, _flag_now, _flag(flags.turn_on),
        _flag_loses,
    ),
}  # fmt: skip
"""Its events that can be taken back (`halo.ledger.reverts`)."""
