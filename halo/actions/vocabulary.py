"""The words of switches: who holds actions, and the modes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from halo.flags.vocabulary import MCP_SERVER
from halo.ground import modes
from halo.ground.modes import Mode


class Hinted(Protocol):
    """What a holder asks of an action (`halo.tool.Tool`)."""

    @property
    def destructive(self) -> bool: ...


@dataclass(frozen=True)
class Holder:
    """Who may call actions: one list of switches."""

    key: str
    name: str
    modes: tuple[Mode, ...]
    """What can be chosen, the freest first; with two of them a switch is enough."""
    spoken: str = ""
    """The name within a sentence, where that is another one."""
    sentence: str = ""
    """Who this is."""
    flag: str | None = None
    """The flag without which it calls nothing at all."""

    @property
    def slug(self) -> str:
        """The key as it stands in an address."""
        return self.key.replace("_", "-")

    @property
    def called(self) -> str:
        return self.spoken or self.name

    @property
    def has_switches(self) -> bool:
        """Whether on and off is all there is to choose."""
        return len(self.modes) == 2

    def modes_for(self, action: Hinted) -> tuple[Mode, ...]:
        """What can be chosen for this action: what cannot be undone never runs without a teammate's word."""
        return tuple(it for it in self.modes if not (action.destructive and it is Mode.AUTO))


EXTERNAL_CLIENTS = Holder(
    modes.EXTERNAL,
    "External clients",
    (Mode.AUTO, Mode.NEVER),
    "external clients",
    "Claude, Cursor, ChatGPT and other AI apps that people of the team connected. They act for the person who "
    "connected them, and never see more than that person.",
    MCP_SERVER,
)
"""All AI clients that people of the workspace connected. Nobody is there to ask: a call is answered at once."""
LABELS = {Mode.AUTO: "auto", Mode.ASK: "ask a teammate", Mode.NEVER: "never"}
"""What the modes are called where one is chosen."""
WITHHELD = "It cannot be undone, and nobody is there who could be asked first."
"""Why a holder cannot have an action at all."""
