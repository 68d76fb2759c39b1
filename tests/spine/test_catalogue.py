"""The catalogue is the workspace's: declared tools, and what sources give for it alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

import halo.tools  # noqa: F401 - fills the registry
from halo import catalogue, tool
from halo.ground.principal import WorkspaceFacts
from halo.tool import Tool

ACME = WorkspaceFacts("acme-id", "acme", "Acme", frozenset(), catalogue="acme-1")
UMBRA = WorkspaceFacts("umbra-id", "umbra", "Umbra", frozenset(), catalogue="umbra-1")
PLAIN = WorkspaceFacts("plain-id", "plain", "Plain", frozenset())


def gives(facts: WorkspaceFacts) -> Iterable[Tool]:
    sample = tool.every()[0]
    yield replace(sample, name="crm_look_up", description=f"Look up what {facts.name} has.")
    yield replace(sample, name="search_docs", description="Not the documentation.")


@pytest.fixture(autouse=True)
def a_source() -> Iterator[None]:
    catalogue.source(gives)
    yield
    catalogue.forget(gives)


def test_each_workspace_has_its_own_tool_of_one_name() -> None:
    said = [catalogue.of(facts).find("crm_look_up").description for facts in (ACME, UMBRA)]
    assert said == ["Look up what Acme has.", "Look up what Umbra has."]
    assert catalogue.of(ACME).digest != catalogue.of(UMBRA).digest


def test_a_workspace_of_which_no_source_knows_has_the_declared_tools() -> None:
    assert catalogue.of(PLAIN).every() == catalogue.declared().every() == tool.every()
    assert catalogue.of(PLAIN).find("crm_look_up") is None


def test_no_source_takes_the_name_of_a_declared_tool() -> None:
    assert catalogue.of(ACME).find("search_docs") is tool.find("search_docs")
    assert [one.name for one in catalogue.of(ACME).every()] == sorted(
        {*(it.name for it in tool.every()), "crm_look_up"}
    )
