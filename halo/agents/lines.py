"""The lines of an Actions page: every action of a holder with its mode, its use and its cost, in groups."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from halo.actions import service
from halo.actions.vocabulary import GROUPS, Group, Holder, Mode, access_of, group_of
from halo.audit import counts, last_calls
from halo.database import now
from halo.tool import Tool
from halo.workspaces import people

USE = datetime.timedelta(days=30)
"""How far back success is counted."""
SHOWS = {"all": "All", "read": "Reads", "write": "Writes", "off": "Off"}
"""What the list can be narrowed to."""


@dataclass(frozen=True)
class Line:
    """One action of a holder."""

    declared: Tool
    mode: Mode
    calls: int
    """That were not refused, lately."""
    success: float | None
    """The share of those that went well, in percent; None without any."""
    last_used: datetime.datetime | None
    set_at: datetime.datetime | None
    set_by: str

    @property
    def is_on(self) -> bool:
        return self.mode is not Mode.NEVER

    @property
    def use(self) -> str:
        """The description's first sentence."""
        return self.declared.description.partition(".")[0].replace("\n", " ") + "."

    @property
    def access(self) -> str:
        return access_of(self.declared)


@dataclass(frozen=True)
class Section:
    """The lines of one group that the filters leave, and what holds for the whole group."""

    group: Group
    lines: Sequence[Line]
    on: int
    total: int


@dataclass(frozen=True)
class Summary:
    """What the set of switches amounts to."""

    on: int
    total: int
    tokens: int
    """About what one `tools/list` with all of them costs a model."""
    risk: str


def of_holder(holder: Holder, *, workspace_id: str) -> list[Line]:
    """Every line of the holder, in the order of titles."""
    modes = service.modes_of(holder, workspace_id=workspace_id)
    rows = service.decided_by(holder, workspace_id=workspace_id)
    used = {it.tool: it for it in counts.by_tool(workspace_id, since=now() - USE)}
    last = last_calls.of_tools(workspace_id, modes)
    names = people.names_of([row.set_by for row in rows.values()])
    lines = []
    for declared in service.available(holder):
        row, count = rows.get(declared.name), used.get(declared.name)
        answered = count.calls - count.refused if count else 0
        went_wrong = count.failed + count.tool_errors if count else 0
        lines.append(
            Line(
                declared,
                modes[declared.name],
                answered,
                100 * (answered - went_wrong) / answered if answered else None,
                last.get(declared.name),
                row.set_at if row else None,
                names.get(row.set_by or "", "somebody who left") if row else "",
            )
        )
    return sorted(lines, key=lambda line: line.declared.title)


def summary(lines: Iterable[Line]) -> Summary:
    """The bar on top of the page."""
    every = list(lines)
    on = [line.declared for line in every if line.is_on]
    return Summary(len(on), len(every), sum(it.tokens for it in on), service.risk(on))


def sections(lines: Iterable[Line], *, text: str = "", show: str = "all") -> list[Section]:
    """The groups with the lines that fit; a group of which none fits is left out."""
    found: dict[Group, list[Line]] = {group: [] for group in GROUPS}
    for line in lines:
        found.setdefault(group_of(line.declared), []).append(line)
    kept = [
        Section(group, [line for line in held if _fits(line, text, show)], sum(it.is_on for it in held), len(held))
        for group, held in found.items()
    ]
    return [section for section in kept if section.lines]


def _fits(line: Line, text: str, show: str) -> bool:
    if show == "off" and line.is_on:
        return False
    if show in ("read", "write") and line.access != show:
        return False
    it = line.declared
    return all(word in f"{it.title} {it.name} {it.scope} {line.use}".lower() for word in text.lower().split())
