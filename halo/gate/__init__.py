"""Step 2 of every call: one table of questions; the first that is answered with a refusal is the answer.

`table.CHECKS` has each question in a person's words, the reasons that it refuses for, and for each kind of caller
(`halo.ground.principal.Caller`) the function that answers, or that it is not asked. Listing and calling ask the same
functions, so `tools/list` shows exactly what a call would not be refused for. What needs a token, a counter or the
arguments is answered by `halo.authenticate` and `halo.perform`, in the place that the table gives it.

The person's permissions are asked in two steps: membership with the connection, the scope's permission with the tool.
A teammate's approval is asked last: nobody is bothered for a call that would be refused anyway.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from halo import catalogue
from halo.flags.vocabulary import CATALOGUE as FLAGS
from halo.flags.vocabulary import MCP_SERVER
from halo.gate.table import Stage, asked_of, check_of
from halo.ground import scopes
from halo.ground.errors import Denied, Reason
from halo.ground.principal import Caller
from halo.ground.text.folding import mail
from halo.tool import Tool


def connection_refusal(caller: Caller) -> Reason | None:
    """Why this caller may do nothing at all now, or None."""
    for _, answers in asked_of(caller.kind, Stage.CONNECTION):
        if reason := answers(caller):
            return reason
    return None


def tool_refusal(caller: Caller, wanted: Tool) -> Reason | None:
    """Why this caller may not call this tool now, or None; whether a teammate has to approve it is `call_refusal`."""
    for _, answers in asked_of(caller.kind, Stage.TOOL):
        if reason := answers(caller, wanted):
            return reason
    return None


def call_refusal(caller: Caller, wanted: Tool, digest: str = "") -> Reason | None:
    """Why this call may not run though everything about it is right, or None; without a digest: why any may not."""
    for _, answers in asked_of(caller.kind, Stage.CALL):
        if reason := answers(caller, wanted, digest):
            return reason
    return None


def refuses_for(reason: Reason, caller: Caller, *about: Tool) -> bool:
    """Whether the question of this reason alone is answered with it, whatever the others are answered with."""
    check = check_of(reason)
    answers = check.asked.get(caller.kind) if check else None
    return answers is not None and answers(caller, *about) is reason


def admit(caller: Caller) -> None:
    """Raise `Denied` where the whole connection is refused."""
    reason = connection_refusal(caller)
    if reason is Reason.flag_off:
        raise _switched_off(caller, MCP_SERVER)
    if reason is not None:
        raise Denied(reason)


def _switched_off(caller: Caller, flag: str) -> Denied:
    """The refusal in the operators' own words, where they left some."""
    off, reason = caller.workspace.flags_off.get(flag), FLAGS[flag].refuses
    words = [reason.sentence]
    if off is not None and off.until is not None:
        words.append(f"It comes back at {off.until:%Y-%m-%d %H:%M} UTC.")
    if off is not None and off.message:
        words.append(f"The operators say: {off.message}")
    return Denied(reason, " ".join(words), switched_off=off)


def admit_call(caller: Caller, name: str) -> Tool:
    """The tool that this caller may call; raises `Denied` with the first reason that applies."""
    admit(caller)
    wanted = catalogue.of(caller.workspace).find(name)
    reason = Reason.tool_unknown if wanted is None else tool_refusal(caller, wanted)
    if wanted is None or reason is Reason.tool_unknown:
        raise Denied(Reason.tool_unknown, f"There is no tool {name[:64]!r}; tools/list names those of this connection.")
    if wanted.flag is not None and reason is FLAGS[wanted.flag].refuses:
        raise _switched_off(caller, wanted.flag)
    if reason is not None:
        raise Denied(reason, _told(caller, wanted, reason), scope=wanted.scope)
    return wanted


def _told(caller: Caller, wanted: Tool, reason: Reason) -> str:
    """The refusal in words; a caller who holds scopes is told which one the tool needs."""
    check = check_of(Reason.scope_missing)
    holds_scopes = check is not None and caller.kind in check.asked
    if not holds_scopes:
        return f"{reason.sentence} {reason.lifted_by}"
    title, _ = scopes.describe(wanted.scope, caller.workspace.integration_names)
    return f"{reason.sentence} {wanted.name} needs {wanted.scope}: {title}. {reason.lifted_by}"


def admit_arguments(caller: Caller, wanted: Tool, arguments: Mapping[str, Any]) -> None:
    """The last question, of a call that would run: raise `Denied(approval_wanted)` where a teammate has to approve
    exactly this; `digest` and `arguments` of its details are what they approve."""
    if call_refusal(caller, wanted) is None:
        return
    digest = digest_of(wanted, arguments)
    if reason := call_refusal(caller, wanted, digest):
        raise Denied(reason, _told(caller, wanted, reason), digest=digest, arguments=dict(arguments))


def digest_of(wanted: Tool, arguments: Mapping[str, Any]) -> str:
    """Of one call, for whoever approves it: the tool as it is declared now, and the arguments to the last sign."""
    said = [wanted.name, wanted.digest, arguments]
    return hashlib.sha256(orjson.dumps(said, default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()


def listed(caller: Caller) -> tuple[Tool, ...]:
    """Exactly the tools that a call would be admitted to, in the order of their names."""
    if not asked_of(caller.kind, Stage.CALL):
        return tuple(_possible(caller))
    return tuple(one for one in _possible(caller) if call_refusal(caller, one) is None)


def on_approval(caller: Caller) -> tuple[Tool, ...]:
    """The tools that would be admitted if a teammate approved the call."""
    return tuple(one for one in _possible(caller) if call_refusal(caller, one) is not None)


def _possible(caller: Caller) -> Iterator[Tool]:
    admit(caller)
    asked = asked_of(caller.kind, Stage.TOOL)
    for one in catalogue.of(caller.workspace).every():
        for _, answers in asked:
            if answers(caller, one) is not None:
                break
        else:
            yield one


def for_customer(caller: Caller, wanted: Tool, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments with what names a customer filled in for a bound caller; raises `Denied(customer_mismatch)`."""
    filled = dict(arguments)
    if caller.customer is None:
        return filled
    if wanted.bound == "locked":
        _demand_declared(filled, wanted)
    for parameter, attribute in wanted.customer.items():
        theirs = caller.customer.value_of(attribute)
        said = filled.pop(parameter, None)
        if said is not None and mail(str(said)) != mail(theirs or ""):
            says = f"This connection is bound to one customer; leave {parameter!r} out."
            raise Denied(Reason.customer_mismatch, says)
        if theirs is not None:
            filled[parameter] = theirs
    return filled


def _demand_declared(arguments: Mapping[str, Any], wanted: Tool) -> None:
    """Raise where an argument is none that somebody could lock: a server may read `Email` as `email`, and whatever else
    it knows of without saying so."""
    declared = wanted.input_schema.get("properties", {})
    if beside := sorted(name for name in arguments if name not in declared):
        says = (
            f"This connection is bound to one customer, and {beside[0][:64]!r} is no parameter that the tool declares."
        )
        raise Denied(Reason.customer_mismatch, says)
