"""What the consent page offers: a card for each asked scope, with its tools, and what a person's ticks amount to.

Pure: it looks at declared tools and at what the person may do. What is greyed is never granted, whatever a form says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from halo import scopes, tool
from halo.permissions import Permission
from halo.tool import Tool


@dataclass(frozen=True)
class Part:
    """One integration, or one action, within a card."""

    scope: str
    title: str
    sentence: str
    checked: bool
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Card:
    """One asked scope."""

    scope: str
    title: str
    sentence: str
    tools: tuple[Tool, ...]
    refusal: str
    """Why this person cannot allow it; empty where they can."""
    checked: bool
    parts: tuple[Part, ...] = ()

    @property
    def access(self) -> str:
        """`read` where nothing can be changed, else `write`."""
        changes = self.scope.startswith("actions:") or any(not declared.read_only for declared in self.tools)
        return "write" if changes else "read"


def cards(asked: str, *, permissions: Collection[Permission], flag_on: bool, before: str | None) -> tuple[Card, ...]:
    """A card for each asked scope; ticked are all that can be allowed, or on a new consent those of `before`."""
    words = asked.split()
    widest = [word for word in words if not any(scopes.covers([other], word) for other in words if other != word)]
    return tuple(_card(scope, permissions, flag_on, before) for scope in widest)


def chosen(offered: Sequence[Card], ticked: Iterable[str]) -> tuple[str, ...]:
    """The scopes that the ticks allow: a whole only where it and everything under it is ticked, else the ticked parts.

    So `actions:*` includes what is added later only if nothing was taken out, with or without JavaScript.
    """
    words = frozenset(ticked)
    return scopes.canonical(scope for card in offered if not card.refusal for scope in _ticked(card, words))


def _ticked(node: Card | Part, words: frozenset[str]) -> set[str]:
    below = [(part.scope, _ticked(part, words)) for part in node.parts]
    is_whole = all(granted == {scope} for scope, granted in below)
    if is_whole and node.scope in words:
        return {node.scope}
    return {scope for _, granted in below for scope in granted}


def risk(granted: Collection[str]) -> str:
    """What could go wrong with exactly these scopes and the tools that they cover now, in a sentence or two."""
    held = tools_of(granted)
    reads = "data:read" in granted
    acts = any(scope.startswith("actions:") for scope in granted) or any(not declared.read_only for declared in held)
    roams = any(declared.open_world for declared in held)
    if reads and roams:
        return (
            "Reads customer data and can reach the open web: a poisoned page could try to steer it. "
            "Consider leaving one of the two out."
        )
    if reads and acts:
        return (
            "Reads what customers wrote and can act on it: a customer's message could try to steer it. "
            "Consider leaving out the actions that you do not need."
        )
    if reads:
        return "Reads who your customers are and what they wrote, and passes it to the application. Changes nothing."
    if acts:
        return "Acts in connected tools in your name. Reads no customer data."
    return "Reads documentation and setup help only: no customer data, and nothing is changed."


def tools_of(granted: Iterable[str]) -> tuple[Tool, ...]:
    """The tools that a granted set covers; destructive ones do not exist for clients."""
    words = frozenset(granted)
    return tuple(
        declared for declared in tool.every() if not declared.destructive and scopes.covers(words, declared.scope)
    )


def _card(scope: str, permissions: Collection[Permission], flag_on: bool, before: str | None) -> Card:
    title, sentence = scopes.describe(scope)
    refusal = _refusal(scope, permissions, flag_on)
    held = before.split() if before is not None else None
    checked = not refusal and (held is None or scopes.covers(held, scope))
    return Card(scope, title, sentence, tools_of([scope]), refusal, checked, _parts(scope, held))


def _refusal(scope: str, permissions: Collection[Permission], flag_on: bool) -> str:
    if not flag_on:
        return "The MCP server is switched off for this workspace. An operator of this Halo can switch it on."
    needed = scopes.ceiling(scope)
    if needed is not None and needed not in permissions:
        return f"You do not hold the permission {needed.value}. An admin of the workspace can give it to you on Team."
    return ""


def _parts(scope: str, held: Collection[str] | None) -> tuple[Part, ...]:
    """The integrations under `actions:*`, the actions under `actions:<integration>:*`, as far as they exist now."""
    acting = [declared for declared in tools_of([scope]) if declared.integration]
    if scope == scopes.ALL_ACTIONS:
        names = sorted({f"actions:{declared.integration}:*" for declared in acting})
    elif scope.endswith(":*"):
        names = sorted({declared.scope for declared in acting})
    else:
        names = []
    return tuple(
        Part(name, *scopes.describe(name), held is None or scopes.covers(held, name), _parts(name, held))
        for name in names
        if name != scope
    )
