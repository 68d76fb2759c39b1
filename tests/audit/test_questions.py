from __future__ import annotations

from halo import gate


def test_every_check_of_the_gate_is_asked_in_its_order() -> None:
    asked = [question.check for question in gate.ORDER if question.check]
    assert asked == [*gate.CONNECTION, *gate.TOOL]


def test_questions_about_a_tool_begin_with_the_tool() -> None:
    assert gate.ORDER[gate.OF_TOOLS].check is gate.tool_exists
