"""The table of the gate: every reason has its question, the documentation says what the table says, and nothing else
asks which kind a caller is.

`UPDATE_SNAPSHOTS=1` writes the tables of the documentation anew; read the difference before you commit it.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from typing import get_args

import pytest

from halo.gate import table
from halo.gate.table import CHECKS, Check, Stage
from halo.ground.errors import Reason
from halo.ground.principal import Kind
from halo.mcp import refusals
from tests.support.parts import ROOT

DOCS = ROOT / "halo" / "docs"
UPDATE = os.environ.get("UPDATE_SNAPSHOTS") == "1"
CALLED: dict[Kind, str] = {"mcp": "app", "agent": "agent", "dashboard": "person"}
TABLES = {
    "scopes-and-permissions.md": "| # | Question | Asked of | Reason when refused | Answer | Who can lift it |",
    "protocol-reference.md": "| Code | Reason | HTTP |",
}
KINDS = {"Caller", "Client", "AgentRun", "Trying"}
MAY_ASK = {"halo/gate/checks.py", "halo/gate/table.py", "halo/ground/principal.py"}


@pytest.mark.parametrize("reason", Reason, ids=lambda it: it.name)
def test_every_reason_has_one_question_a_sentence_and_who_lifts_it(reason: Reason) -> None:
    questions = [check.question for check in CHECKS if reason in check.reasons]
    questions += [table.AT_OTHER_DOORS[reason]] if reason in table.AT_OTHER_DOORS else []
    assert len(questions) == 1 and questions[0].endswith("?"), f"give {reason.name} its place in halo/gate/table.py"
    assert re.fullmatch(r"[A-Z].*\.", reason.sentence) and re.fullmatch(r"[A-Z].*\.", reason.lifted_by)
    assert 400 <= reason.status < 500


def test_every_reason_that_a_client_can_meet_has_a_code_of_its_own() -> None:
    met = {it for check in CHECKS if "mcp" in check.asked for it in check.reasons} | {Reason.origin_refused}
    assert set(refusals.CODES) == met - table.RETIRED - {Reason.arguments_invalid}, (
        "give it a code in halo/mcp/refusals.py"
    )
    assert len(set(refusals.CODES.values())) == len(refusals.CODES)


def test_every_kind_of_caller_is_asked_about_the_tool_and_counted() -> None:
    names = {kind: [check.name for check in CHECKS if kind in check.asked] for kind in get_args(Kind)}
    assert all({"tool", "integration", "customer", "limit", "arguments"} <= set(asked) for asked in names.values())
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    assert [check.stage for check in CHECKS] == sorted((check.stage for check in CHECKS), key=list(Stage).index)


def rows_of_gate() -> Iterator[str]:
    for number, check in enumerate(CHECKS, 1):
        asked = ", ".join(CALLED[kind] for kind in check.asked)
        reasons = [reason for reason in check.reasons if reason not in table.RETIRED]
        lifted = " ".join(dict.fromkeys(reason.lifted_by for reason in reasons))
        said = ", ".join(f"`{reason.name}`" for reason in reasons)
        yield f"| {number} | {check.question} | {asked} | {said} | {answer_of(check)} | {lifted} |"


def answer_of(check: Check) -> str:
    """How the MCP door tells each of its refusals, those that are told alike together."""
    told: dict[str, list[str]] = {}
    for reason in check.reasons:
        if reason not in table.RETIRED:
            told.setdefault(one_answer(reason), []).append(f"`{reason.name}`")
    if len(told) == 1:
        return next(iter(told))
    return "; ".join(f"{', '.join(reasons)}: {words}" for words, reasons in told.items())


def one_answer(reason: Reason) -> str:
    if reason in refusals.AS_RESULT or reason is Reason.arguments_invalid:
        return "result with `isError`"
    if refusals.CODES.get(reason, 0) < 0:
        return f"JSON-RPC error {refusals.CODES[reason]}"
    if reason in refusals.NOT_GRANTED:
        return "403 with `insufficient_scope`"
    return f"{status_of(reason)} with `Retry-After`" if reason is Reason.rate_limited else str(status_of(reason))


def status_of(reason: Reason) -> int:
    return refusals._STATUSES.get(reason, reason.status)


def rows_of_codes() -> Iterator[str]:
    for reason, code in sorted(refusals.CODES.items(), key=lambda it: (it[1] < 0, it[1])):
        status = "400, or 200 on revisions with a handshake" if code < 0 else status_of(reason)
        if reason not in refusals.AS_RESULT or reason is Reason.customer_mismatch:
            yield f"| {code} | `{reason.name}` | {status} |"


@pytest.mark.parametrize("name", TABLES)
def test_the_documentation_says_what_the_table_says(name: str) -> None:
    rows = rows_of_gate() if name.startswith("scopes") else rows_of_codes()
    head = TABLES[name]
    written = "\n".join([head, "|" + "---|" * (head.count("|") - 1), *rows]) + "\n"
    text = (DOCS / name).read_text()
    found = re.search(re.escape(head) + r"\n(\|.*\n)+", text)
    assert found is not None, f"{name} has lost its table: {head}"
    if UPDATE:
        (DOCS / name).write_text(text.replace(found.group(), written))
    else:
        assert found.group() == written, "run with UPDATE_SNAPSHOTS=1 and read the difference"


def test_only_the_gate_asks_which_kind_a_caller_is() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node)}"
        for path in sorted((ROOT / "halo").rglob("*.py"))
        if str(path.relative_to(ROOT)) not in MAY_ASK
        for node in ast.walk(ast.parse(path.read_text()))
        if asks_the_kind(node)
    ]
    assert not found, f"ask the contract (halo/ground/principal.py) or the gate's table: {found}"


def asks_the_kind(node: ast.AST) -> bool:
    """`isinstance(caller, Client)`, `match` on one, or a comparison of its kind, also as the log keeps it."""
    if isinstance(node, ast.MatchClass):
        return ast.unparse(node.cls) in KINDS
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("isinstance", "issubclass", "type"):
        return bool(KINDS & {name.id for name in ast.walk(node) if isinstance(name, ast.Name)})
    if isinstance(node, ast.Compare):
        sides = {ast.unparse(side) for side in (node.left, *node.comparators)}
        return any(re.search(r"\.(kind|caller)$", side) for side in sides) and bool(
            {repr(kind) for kind in get_args(Kind)} & sides
        )
    return False
