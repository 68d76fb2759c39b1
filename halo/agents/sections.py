"""The sections of an Actions page: Halo's own groups of tools, then a block for each integration, narrowed as asked.

A block of a connected server says how the server stands, and has on top what waits for a person: a tool that nobody
accepted yet has no switch, one that changed is called as it was accepted until somebody looks at the change.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from halo.actions.kinds import group_of
from halo.actions.vocabulary import EXTERNAL_CLIENTS, Holder
from halo.agents.lines import SwitchLine
from halo.ground.groups import GROUPS, Group
from halo.ground.modes import Mode
from halo.ground.principal import WorkspaceFacts
from halo.ground.text.folding import fold
from halo.servers import waiting
from halo.servers.waiting import ServerBlock, Waiting

SHOWS = {
    "all": "All", "read": "Reads", "write": "Writes", "destructive": "Destructive", "ask": "Asks", "held": "Held",
    "off": "Off",
}  # fmt: skip
"""What the list can be narrowed to; *asks* only where there is somebody to ask, *held* where something is."""


@dataclass(frozen=True)
class Section:
    """The lines of one group that the filters leave, and what holds for the whole group."""

    group: Group
    lines: Sequence[SwitchLine]
    on: int
    total: int
    state: str = ""
    """Of the integration whose actions they are; empty for tools of Halo's own."""
    server: ServerBlock | None = None
    """The connected server whose tools they are."""
    held: Sequence[Waiting] = ()
    """Tools of it that nobody accepted yet, as far as the filters leave them."""
    changed: Collection[str] = ()
    """Names of the tools that are otherwise listed by now, and called as they were accepted."""


def servers_of(holder: Holder, workspace: WorkspaceFacts) -> list[ServerBlock]:
    """The workspace's connected servers; without what waits for a person where nothing of it could be switched."""
    found = waiting.blocks(workspace.id)
    return [replace(it, waiting=()) for it in found] if holder is EXTERNAL_CLIENTS else found


def shows(holder: Holder, blocks: Iterable[ServerBlock]) -> dict[str, str]:
    """What the holder's list can be narrowed to."""
    lacks = {"ask"} if Mode.ASK not in holder.modes else set()
    lacks |= set() if any(it.waiting for it in blocks) else {"held"}
    return {key: words for key, words in SHOWS.items() if key not in lacks}


def sections(
    lines: Iterable[SwitchLine],
    blocks: Iterable[ServerBlock],
    workspace: WorkspaceFacts,
    *,
    text: str = "",
    show: str = "all",
) -> list[Section]:
    """The groups with the lines that fit, an integration's as one; a group of which nothing fits is left out."""
    servers = {f"integration-{it.slug}": it for it in blocks}
    groups = {**GROUPS, **{key: Group(key, it.name, it.sentence, "") for key, it in servers.items()}}
    found: dict[str, list[SwitchLine]] = {key: [] for key in groups}
    for line in lines:
        group = group_of(line.declared)
        groups.setdefault(group.key, group)
        found.setdefault(group.key, []).append(line)
    narrowed = _Narrowed(text, show)
    kept = [_section(groups[key], held, servers.get(key), workspace, narrowed) for key, held in found.items()]
    return [section for section in kept if section.lines or section.held]


@dataclass(frozen=True)
class _Narrowed:
    """What is asked for."""

    text: str
    show: str

    def line(self, line: SwitchLine, changed: Collection[str]) -> bool:
        """Whether the line fits; `changed` are the tools with a change that is held."""
        it, show = line.declared, self.show
        if (show == "off" and line.is_on) or (show == "ask" and line.mode is not Mode.ASK):
            return False
        if (show in ("read", "write", "destructive") and line.access != show) or (
            show == "held" and it.name not in changed
        ):
            return False
        return self._says(f"{it.title} {it.name} {it.scope} {line.use}")

    def held(self, it: Waiting) -> bool:
        """Whether a tool without a switch fits."""
        return self.show in ("all", "held") and self._says(f"{it.name} {it.alias}")

    def _says(self, words: str) -> bool:
        folded = fold(words)
        return all(word in folded for word in fold(self.text).split())


def _section(
    group: Group, lines: list[SwitchLine], server: ServerBlock | None, workspace: WorkspaceFacts, narrowed: _Narrowed
) -> Section:
    """What is held stands on top."""
    integration = server.slug if server else lines[0].declared.integration if lines else None
    state = workspace.integrations.get(integration, "missing") if integration else ""
    waits = {it.alias: it for it in server.waiting} if server else {}
    known = {line.declared.name for line in lines}
    changed = waits.keys() & known
    fits = [line for line in lines if narrowed.line(line, changed)]
    fits.sort(key=lambda line: line.declared.name not in changed)
    new = [it for it in waits.values() if it.alias not in known and narrowed.held(it)]
    on = sum(it.is_on for it in lines)
    return Section(group, fits, on, len(lines), state, server, new, frozenset(changed))
