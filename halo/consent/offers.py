"""What the consent page offers: a card for each asked scope, with its tools, and what a person's ticks amount to.

Pure: it looks at declared tools, at what the person may do here, and at what they allowed before. What is greyed is
never granted, whatever a form says.

What exists now is told from what comes later, which is included only where the person says so. The `actions:` scopes
do it in themselves: their parts, one by one, or a whole, which is granted only where nothing was taken out of it. A
read scope has no parts, so the grant keeps the names of the tools that were there (`known`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from halo import catalogue, gate
from halo.catalogue import Catalogue
from halo.consent.tool_lines import ToolLine, line_of
from halo.ground import groups, scopes
from halo.ground.errors import Reason
from halo.ground.groups import GROUPS, Group
from halo.ground.permissions import Permission
from halo.ground.principal import Client
from halo.tool import Tool

Known = Mapping[str, Sequence[str]]
"""`Grant.known_tools`: scope -> names of the tools that the person saw under it."""
NOTHING_KNOWN: Known = MappingProxyType({})


@dataclass(frozen=True)
class Part:
    """One integration, or one action, within a card."""

    scope: str
    title: str
    sentence: str
    checked: bool
    parts: tuple[Part, ...] = ()
    refusal: str = ""
    """Why it cannot be allowed now; empty where it can."""
    is_new: bool = False
    """Not among what the person allowed before."""


@dataclass(frozen=True)
class GroupPart:
    """One group of tools within a scope."""

    scope: str
    group: Group
    count: int
    """How many tools it has now."""
    checked: bool

    @property
    def value(self) -> str:
        """As a form names it."""
        return groups.place(self.scope, self.group.key)


@dataclass(frozen=True)
class Card:
    """One asked scope."""

    scope: str
    title: str
    sentence: str
    lines: tuple[ToolLine, ...]
    refusal: str
    """Why this person cannot allow it; empty where they can."""
    checked: bool
    parts: tuple[Part, ...] = ()
    with_later: bool = False
    """Whether what the person allowed before includes what is added later."""
    groups: tuple[GroupPart, ...] = ()
    """What can be left out of it; empty where its tools are all about one thing and nothing was left out."""
    change: str = ""
    """On a new consent: `new` where nothing of it was allowed before, `partly`, `same`; empty on a first one."""

    @property
    def slug(self) -> str:
        return self.scope.replace(":", "-").replace("*", "all")

    @property
    def access(self) -> str:
        """`read` where nothing can be changed, else `write`."""
        changes = self.acts or any(not line.read_only for line in self.lines)
        return "write" if changes else "read"

    @property
    def acts(self) -> bool:
        return self.scope.startswith("actions:")

    @property
    def has_later(self) -> bool:
        """Whether it can include what is added later: one action cannot."""
        return not self.refusal and (not self.acts or self.scope.endswith(":*"))

    @property
    def only_group(self) -> str:
        """Key of the group of all its tools, where there is one only: leaving it out is leaving the scope out."""
        found = {line.group for line in self.lines}
        return found.pop() if len(found) == 1 and not self.groups else ""

    @property
    def new_tools(self) -> tuple[str, ...]:
        """Names of the tools that came since the person allowed this."""
        return tuple(line.name for line in self.lines if line.is_new)

    @property
    def tool_count(self) -> int:
        return len(self.lines)

    @property
    def tokens(self) -> int:
        """About what the definitions of its tools cost a model, each time that it reads the list."""
        return sum(line.tokens for line in self.lines if not line.refusal)


def cards(
    asked: str,
    *,
    caller: Client,
    before: str | None,
    known: Known = NOTHING_KNOWN,
    left_out: Collection[str] = (),
) -> tuple[Card, ...]:
    """A card for each asked scope; ticked are all that can be allowed, or on a new consent those of `before`.

    `caller` is the person as a client of theirs would be, in the workspace that they look at; `known` and the groups
    that were `left_out` go with `before`.
    """
    words = asked.split()
    widest = [word for word in words if not any(scopes.covers([other], word) for other in words if other != word)]
    return tuple(_card(scope, caller, before, known.get(scope), left_out) for scope in widest)


def dropped(asked: str, before: str | None) -> tuple[str, ...]:
    """What was allowed before and is not asked for any more."""
    words = asked.split()
    return tuple(scope for scope in (before or "").split() if not scopes.covers(words, scope))


def ticked_at_first(offered: Sequence[Card]) -> tuple[str, ...]:
    """The ticks with which a form opens: a whole is on where anything under it is, also for who has no script."""
    return tuple(word for card in offered if not card.refusal for word in _checked(card))


def _checked(node: Card | Part) -> list[str]:
    below = [word for part in node.parts if not part.refusal for word in _checked(part)]
    return [node.scope, *below] if node.checked or below else []


def chosen(
    offered: Sequence[Card], ticked: Iterable[str], *, later: Iterable[str] = (), is_grouped: bool = True
) -> tuple[str, ...]:
    """The scopes that the ticks allow: of a card with parts the ticked ones, or the whole where nothing is taken out
    and what is added `later` is included.

    Where a script keeps the ticks of a whole and its parts in step (`is_grouped`), a whole of which something was
    taken out is not sent, and its parts count for themselves. Without one, what stands unticked is off with
    everything under it.
    """
    words, whole = frozenset(ticked), frozenset(later)
    return scopes.canonical(
        scope
        for card in offered
        if not card.refusal
        for scope in _ticked(card, words, has_later=card.scope in whole, is_grouped=is_grouped)
    )


def _ticked(node: Card | Part, words: frozenset[str], *, has_later: bool, is_grouped: bool) -> set[str]:
    if not node.parts:
        return {node.scope} & words
    if not is_grouped and node.scope not in words:
        return set()
    open_parts = [part for part in node.parts if not part.refusal]
    below = [_ticked(part, words, has_later=has_later, is_grouped=is_grouped) for part in open_parts]
    is_whole = all(found == {part.scope} for part, found in zip(open_parts, below, strict=True))
    if has_later and is_whole and node.scope in words:
        return {node.scope}
    return {scope for found in below for scope in found}


def known(offered: Iterable[Card], granted: Iterable[str], *, later: Iterable[str]) -> dict[str, list[str]]:
    """What the grant is to keep of the tools that exist now: those of each granted card that has no scopes for them,
    except where what is added `later` is included."""
    words = frozenset(granted) - frozenset(later)
    return {
        card.scope: [line.name for line in card.lines]
        for card in offered
        if card.scope in words and not card.acts and not card.refusal
    }


def tools_of(granted: Iterable[str], tools: Catalogue, left_out: Collection[str] = ()) -> tuple[Tool, ...]:
    """Of these tools what a granted set covers, without the groups that are left out, as far as clients have them."""
    words = frozenset(granted)
    return tuple(
        one
        for one in tools.every()
        if one.is_for_clients and scopes.covers(words, one.scope) and groups.place(one.scope, one.group) not in left_out
    )


@dataclass(frozen=True)
class GroupTicks:
    """The boxes of groups in a form: those that were shown, and of them those that are ticked."""

    shown: frozenset[str] = frozenset()
    ticked: frozenset[str] = frozenset()

    def left_out(self, offered: Iterable[Card]) -> list[str]:
        """What stays out: what was shown and is not ticked; of what the form did not show, what was out before."""
        parts = [part for card in offered for part in card.groups]
        return sorted(part.value for part in parts if not self._is_in(part))

    def _is_in(self, part: GroupPart) -> bool:
        return part.value in self.ticked if part.value in self.shown else part.checked


def without_emptied(granted: Iterable[str], offered: Iterable[Card], left_out: Collection[str]) -> tuple[str, ...]:
    """The scopes of which something is left: leaving out every group of a scope leaves the scope out."""
    emptied = {
        card.scope
        for card in offered
        if card.groups and all(part.value in left_out for part in card.groups if part.count)
    }
    return tuple(scope for scope in granted if scope not in emptied)


def _card(
    scope: str, caller: Client, before: str | None, known: Sequence[str] | None, left_out: Collection[str]
) -> Card:
    refusal = _refusal(scope, caller)
    held = before.split() if before is not None else None
    is_held = held is not None and scopes.covers(held, scope)
    tools = tools_of([scope], catalogue.of(caller.workspace))
    new = {it.name for it in tools if is_held and known is not None and it.name not in known}
    parts = _parts(scope, held, caller)
    is_empty = not parts and scope.endswith(":*")  # there is nothing but what is added later
    checked = is_held or (not is_empty and (held is None or _holds_all(parts)))
    return Card(
        scope,
        *scopes.describe(scope, caller.workspace.integration_names),
        lines=tuple(
            line_of(declared, gate.tool_refusal(caller, declared), is_new=declared.name in new) for declared in tools
        ),
        refusal=refusal,
        checked=checked and not refusal,
        parts=parts,
        with_later=is_held and known is None,
        groups=_groups(scope, tools, left_out),
        change="" if held is None else "partly" if new else _change(scope, held, parts),
    )


def _groups(scope: str, tools: Iterable[Tool], left_out: Collection[str]) -> tuple[GroupPart, ...]:
    counts = Counter(it.group for it in tools if it.group and not it.integration)
    parts = [
        GroupPart(scope, group, counts[key], groups.place(scope, key) not in left_out)
        for key, group in GROUPS.items()
        if key in counts or groups.place(scope, key) in left_out
    ]
    return tuple(parts) if len(parts) > 1 or any(not part.checked for part in parts) else ()


def _holds_all(parts: Sequence[Part]) -> bool:
    return bool(parts) and all(part.checked for part in parts if not part.refusal)


def _change(scope: str, held: Collection[str], parts: Sequence[Part]) -> str:
    if scopes.covers(held, scope) or _holds_all(parts):
        return "same"
    return "partly" if any(scopes.covers([scope], word) for word in held) else "new"


def _refusal(scope: str, caller: Client) -> str:
    if gate.refuses_for(Reason.flag_off, caller):
        return "The MCP server is switched off for this workspace. An operator of this Halo instance can switch it on."
    needed = scopes.ceiling(scope)
    if needed is not None and needed not in caller.permissions:
        return _lacking(needed)
    return ""


def _lacking(needed: Permission) -> str:
    return f"Your role here does not include this: {needed.sentence} An admin of the workspace can add it on Team."


def _parts(scope: str, held: Collection[str] | None, caller: Client) -> tuple[Part, ...]:
    """The integrations under `actions:*`, the actions under `actions:<integration>:*`, as far as they exist now."""
    acting = [declared for declared in tools_of([scope], catalogue.of(caller.workspace)) if declared.integration]
    if scope == scopes.ALL_ACTIONS:
        names = sorted({f"actions:{declared.integration}:*" for declared in acting})
        return tuple(_whole(name, held, caller) for name in names)
    if not scope.endswith(":*"):
        return ()
    return tuple(_action(declared, held, caller) for declared in sorted(acting, key=lambda it: it.scope))


def _whole(name: str, held: Collection[str] | None, caller: Client) -> Part:
    parts = _parts(name, held, caller)
    checked = held is None or scopes.covers(held, name) or _holds_all(parts)
    refusal = "" if any(not part.refusal for part in parts) else "Every action of it is switched off."
    is_new = held is not None and not any(not part.is_new for part in parts)
    words = scopes.describe(name, caller.workspace.integration_names)
    return Part(name, *words, checked, parts, refusal, is_new)


def _action(declared: Tool, held: Collection[str] | None, caller: Client) -> Part:
    is_off = gate.refuses_for(Reason.toggle_off, caller, declared)
    refusal = f"{Reason.toggle_off.sentence} {Reason.toggle_off.lifted_by}" if is_off else ""
    allowed = held is None or scopes.covers(held, declared.scope)
    _, sentence = scopes.describe(declared.scope, caller.workspace.integration_names)
    is_new = held is not None and not allowed
    return Part(declared.scope, declared.title, sentence, allowed, (), refusal, is_new)
