"""The tools of one workspace: the declared ones, and what its sources give for it.

Whoever lists, calls, explains, offers, redacts, counts or searches tools asks the workspace's catalogue, never the
registry of declared tools: two workspaces may have different tools of one name, because each connected its own
integrations and servers.

To add a source: `catalogue.source(function)` at import, where the function gives the tools of a workspace from its
facts, and a loader of facts that puts what they depend on into `WorkspaceFacts.catalogue`: a catalogue is made anew
when that changes, and a workspace for which it is empty has the declared tools alone. A tool whose name is taken
is left out: what is declared stays, then what an earlier source gave.

A process keeps the catalogues that were asked for last, as many as fit into `limits.CATALOGUE_BYTES` of definitions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from threading import Lock

from cachetools import LRUCache

from halo import tool
from halo.ground import limits
from halo.ground.principal import WorkspaceFacts
from halo.tool import Tool

Source = Callable[[WorkspaceFacts], Iterable[Tool]]


class Catalogue:
    """Some tools, each of one name: those that stand in every catalogue, and some of its own."""

    def __init__(self, base: tuple[Tool, ...], own: Iterable[Tool] = ()) -> None:
        self.base = base
        named = {one.name: one for one in base}
        for one in own:
            named.setdefault(one.name, one)
        self._tools: Mapping[str, Tool] = {name: named[name] for name in sorted(named)}
        self._every = tuple(self._tools.values())

    def find(self, name: str) -> Tool | None:
        """The tool of that name."""
        return self._tools.get(name)

    def every(self) -> tuple[Tool, ...]:
        """All of them, in the order of their names."""
        return self._every

    def secret_names(self, name: str) -> frozenset[str]:
        """Names of the tool's parameters that are marked secret; none where there is no such tool."""
        found = self._tools.get(name)
        return found.secret if found is not None else frozenset()

    @cached_property
    def digest(self) -> str:
        """Of all definitions: the same where a model is shown the same."""
        return hashlib.sha256("".join(one.digest for one in self._every).encode()).hexdigest()

    @property
    def weight(self) -> int:
        """About how many bytes a process keeps for its own tools."""
        own = self._tools.keys() - {one.name for one in self.base}
        return sum(self._tools[name].weight for name in own)


_sources: dict[Source, Callable[[], bool]] = {}
_declared: list[Catalogue] = []
"""At most one."""
_kept: LRUCache[tuple[str, str], Catalogue] = LRUCache(limits.CATALOGUE_BYTES, getsizeof=lambda held: held.weight + 1)
"""By workspace, and what its facts say of its tools."""
_lock = Lock()


def source(gives: Source, *, acts_for_clients: Callable[[], bool] = lambda: True) -> Source:
    """Register who gives tools to workspaces, and who says whether any of them are for MCP clients; twice is once."""
    if gives not in _sources:
        _sources[gives] = acts_for_clients
        _forget_all()
    return gives


def forget(gives: Source) -> None:
    """Take a source out again (fixtures of tests)."""
    _sources.pop(gives, None)
    _forget_all()


def acts_for_clients() -> bool:
    """Whether any workspace has something that acts in the place of a client, beside the declared tools."""
    return any(acts() for acts in _sources.values())


def declared() -> Catalogue:
    """The tools that every workspace has: for what is said before a workspace is known, and of this Halo as such."""
    every = tool.every()
    if not _declared or _declared[-1].base is not every:
        _declared[:] = [Catalogue(every)]
    return _declared[-1]


def of(facts: WorkspaceFacts) -> Catalogue:
    """The workspace's tools."""
    if not facts.catalogue or not _sources:
        return declared()
    key, every = (facts.id, facts.catalogue), tool.every()
    with _lock:
        held = _kept.get(key)
    if held is None or held.base is not every:
        held = Catalogue(every, (one for gives in _sources for one in gives(facts)))
        _keep(key, held)
    return held


def _keep(key: tuple[str, str], made: Catalogue) -> None:
    if made.weight < limits.CATALOGUE_BYTES:
        with _lock:
            _kept[key] = made


def _forget_all() -> None:
    with _lock:
        _kept.clear()
