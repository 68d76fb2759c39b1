from __future__ import annotations

from halo import gate
from halo.audit import questions


def test_every_check_of_the_gate_is_asked_in_its_order() -> None:
    asked = [question.check for question in questions.ORDER if question.check]
    assert asked == [*gate.CONNECTION, *gate.TOOL]


def test_questions_about_a_tool_begin_with_the_tool() -> None:
    assert questions.ORDER[questions.OF_TOOLS].check is gate.tool_exists
