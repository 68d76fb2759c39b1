"""What holds for each of the ten record tools: scope, audit, hints, names."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from halo import gate, tool
from halo.ground.database import db
from halo.ground.errors import Denied, Reason
from halo.ledger.models import ActionExecution
from tests import factories
from tests.contacts.calls import NAMES, call


def test_without_data_read_each_is_refused_and_not_listed(app):
    with app.app_context():
        caller = factories.a_caller("docs:read setup:read")
        assert not {one.name for one in gate.listed(caller)} & set(NAMES)
        for name in NAMES:
            with pytest.raises(Denied) as refused:
                call(name, caller)
            assert refused.value.reason is Reason.scope_missing


def test_each_call_leaves_one_row_in_the_audit_log(app):
    with app.app_context():
        for name in NAMES:
            call(name, colour="red")
        found = db.session.execute(select(ActionExecution.tool, ActionExecution.outcome, ActionExecution.reason))
        assert sorted(found.all()) == [(name, "tool_error", "arguments_invalid") for name in NAMES]


@pytest.mark.parametrize("name", NAMES)
def test_each_only_reads_and_describes_every_argument(name):
    declared = tool.find(name)
    assert (declared.read_only, declared.destructive, declared.idempotent, declared.open_world) == (
        True,
        False,
        True,
        False,
    )
    assert declared.scope == "data:read"
    for field, shape in declared.input_schema["properties"].items():
        assert shape.get("description"), field
    assert declared.input_schema["additionalProperties"] is False
    assert "$ref" not in str(declared.input_schema)
