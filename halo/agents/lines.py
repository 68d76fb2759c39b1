"""The lines of an Actions page: every action of a holder with its mode, its use and its cost."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from halo.actions import service
from halo.actions.kinds import access_of
from halo.actions.vocabulary import EXTERNAL_CLIENTS, LABELS, Holder
from halo.audit.counting import counts, last_used
from halo.audit.filters import Filters
from halo.ground.database import now
from halo.ground.modes import Mode
from halo.ground.principal import WorkspaceFacts
from halo.servers.reach import ATTRIBUTES
from halo.tool import Tool
from halo.workspaces.accounts import people

USE = datetime.timedelta(days=30)
"""How far back success is counted."""
_REACH = {
    "filtered": "Only what is the customer's",
    "absent": "Tells of all customers at once: no agent is offered it",
    "unsorted": "Nobody said yet whose data it reaches: no agent is offered it",
}


@dataclass(frozen=True)
class SwitchLine:
    """One action of a holder."""

    declared: Tool
    mode: Mode
    modes: Sequence[Mode]
    """What can be chosen for it here."""
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
    def choices(self) -> list[tuple[Mode, str]]:
        return [(mode, LABELS[mode]) for mode in self.modes]

    @property
    def label(self) -> str:
        """The mode in words."""
        return LABELS[self.mode]

    @property
    def use(self) -> str:
        """The description's first sentence."""
        return self.declared.description.partition(".")[0].replace("\n", " ") + "."

    @property
    def access(self) -> str:
        return access_of(self.declared)

    @property
    def reach(self) -> str:
        """Whose data it reaches in a conversation with a customer; empty where nothing is to be said."""
        if self.declared.bound == "locked":
            held = (f"{name} = {ATTRIBUTES[of]}" for name, of in sorted(self.declared.customer.items()))
            return f"Locked: {', '.join(held)}"
        if self.declared.bound == "same":
            return "Public: no customer's data" if self.declared.integration else ""
        return _REACH[self.declared.bound]


@dataclass(frozen=True)
class Summary:
    """What the set of switches amounts to."""

    on: int
    total: int
    tokens: int
    """About what one `tools/list` with all of them costs a model."""
    asks: int
    """How many of those that are on need a teammate's approval first."""
    risk: str


def of_holder(holder: Holder, workspace: WorkspaceFacts) -> list[SwitchLine]:
    """Every line of the holder, in the order of titles."""
    modes = service.modes_of(holder, workspace)
    rows = service.decided_by(holder, workspace_id=workspace.id)
    used, last = _use_of(holder, workspace.id, modes)
    names = people.names_of([row.set_by for row in rows.values()])
    lines = []
    for declared in service.available(holder, workspace):
        row, count = rows.get(declared.name), used.get(declared.name)
        answered = count.calls - count.refused if count else 0
        went_wrong = count.failed + count.tool_errors if count else 0
        lines.append(
            SwitchLine(
                declared,
                modes[declared.name],
                holder.modes_for(declared),
                answered,
                100 * (answered - went_wrong) / answered if answered else None,
                last.get(declared.name),
                row.set_at if row else None,
                names.get(row.set_by or "", "somebody who left") if row else "",
            )
        )
    return sorted(lines, key=lambda line: line.declared.title)


def summary(lines: Iterable[SwitchLine]) -> Summary:
    """The bar on top of the page."""
    return _summed([(line.declared, line.mode) for line in lines])


def standing(holder: Holder, workspace: WorkspaceFacts) -> Summary:
    """The same for a list of holders, from the workspace's facts alone."""
    held = service.available(holder, workspace)
    return _summed(
        [(declared, workspace.mode_of(holder.key, declared.name, declared.starts(holder.key))) for declared in held]
    )


def _summed(every: Sequence[tuple[Tool, Mode]]) -> Summary:
    on = [declared for declared, mode in every if mode is not Mode.NEVER]
    asks = sum(mode is Mode.ASK for _, mode in every)
    return Summary(len(on), len(every), sum(it.tokens for it in on), asks, service.risk(on))


def _use_of(
    holder: Holder, workspace_id: str, names: Collection[str]
) -> tuple[dict[str, counts.ToolCount], dict[str, datetime.datetime]]:
    """The holder's own calls and the last one, by tool."""
    theirs = Filters(caller="mcp") if holder is EXTERNAL_CLIENTS else Filters(agent=holder.key)
    used = {it.tool: it for it in counts.by_tool(workspace_id, since=now() - USE, filters=theirs)}
    return used, last_used.of_tools(workspace_id, names, theirs)
