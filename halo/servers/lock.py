"""The lock: which definition of a tool was accepted, and how what a server lists today stands to it.

A definition is what a model goes by: name, title, description, schemas and annotations. Its digest is SHA-256 over
canonical JSON (RFC 8785), so that spelling and order change nothing and any word does. Calls run on the accepted
definition; what is new, or other than accepted, is held until a person looked at it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum
from typing import Any

import rfc8785

from halo.ground.errors import Mistake

Definition = Mapping[str, Any]
PARTS = ("name", "title", "description", "inputSchema", "outputSchema", "annotations")
SAFE_INTEGER = 2**53 - 1
"""What JSON numbers hold exactly (RFC 8785 section 3.2.2.3)."""
ALIKE = 0.72
"""How much of two definitions has to be the same for one to be the other under a new name."""


SAMPLE = 4_000
"""Signs of each part that are compared for that."""
PAIRS = 400
"""Of tools that are compared: a server that renames more of them at once has other tools."""


class State(Enum):
    """How a listed tool stands to the lock."""

    same = "as accepted"
    new = "new"
    changed = "changed"
    renamed = "renamed"
    removed = "removed"


@dataclass(frozen=True, slots=True)
class Standing:
    """One tool, listed or accepted or both."""

    name: str
    state: State
    accepted: Definition | None
    listed: Definition | None

    @property
    def is_held(self) -> bool:
        """Whether a person has to look at it before what is listed counts."""
        return self.state in (State.new, State.changed, State.renamed)


def definition(listed: Mapping[str, Any]) -> dict[str, Any]:
    """Of what a server lists for a tool, what the lock is about."""
    return {part: listed[part] for part in PARTS if listed.get(part) is not None}


def digest(of: Definition) -> str:
    """The SHA-256 of a definition, in hexadecimal; raises `Mistake` for what canonical JSON cannot hold."""
    return hashlib.sha256(canonical(of)).hexdigest()


def canonical(of: Definition) -> bytes:
    """Canonical JSON. Integers beyond 2^53, which real schemas hold, stand as tagged text."""
    try:
        return rfc8785.dumps(_tagged(of))
    except (rfc8785.CanonicalizationError, RecursionError):
        raise Mistake("definition", "The definition holds what canonical JSON cannot say.") from None


def compared(accepted: Iterable[Definition], listed: Iterable[Definition]) -> list[Standing]:
    """Every tool by name: as it was accepted, as it is listed, and how the one stands to the other.

    A tool that is gone while one that is new says nearly the same was renamed, and stands under its new name.
    """
    before = {each["name"]: each for each in accepted}
    now = {each["name"]: each for each in listed}
    gone = [before[name] for name in sorted(before.keys() - now.keys())]
    fresh = [now[name] for name in sorted(now.keys() - before.keys())]
    origin = _renamed(gone, fresh)
    found = [_standing(before[name], now[name]) for name in before.keys() & now.keys()]
    found += [
        Standing(each["name"], State.renamed if each["name"] in origin else State.new, origin.get(each["name"]), each)
        for each in fresh
    ]
    moved = {each["name"] for each in origin.values()}
    found += [Standing(each["name"], State.removed, each, None) for each in gone if each["name"] not in moved]
    return sorted(found, key=lambda each: each.name)


def _standing(accepted: Definition, listed: Definition) -> Standing:
    state = State.same if digest(accepted) == digest(listed) else State.changed
    return Standing(accepted["name"], state, accepted, listed)


def _renamed(gone: list[Definition], fresh: list[Definition]) -> dict[str, Definition]:
    """New name -> the definition that it had before, each used once, the most alike first."""
    if len(gone) * len(fresh) > PAIRS:
        return {}
    pairs = sorted(
        ((_likeness(old, new), new["name"], old["name"]) for old in gone for new in fresh),
        reverse=True,
    )
    olds = {each["name"]: each for each in gone}
    found: dict[str, Definition] = {}
    for likeness, new, old in pairs:
        if likeness >= ALIKE and new not in found and old in olds:
            found[new] = olds.pop(old)
    return found


def _likeness(old: Definition, new: Definition) -> float:
    """From 0 to 1: parameters count most, as the words of a tool follow its name."""
    old_schema, new_schema = canonical(_schema(old))[:SAMPLE], canonical(_schema(new))[:SAMPLE]
    parameters = SequenceMatcher(None, old_schema, new_schema, autojunk=False).quick_ratio()
    words = SequenceMatcher(None, _said(old), _said(new), autojunk=False).quick_ratio()
    names = SequenceMatcher(None, old["name"], new["name"], autojunk=False).ratio()
    return 0.45 * parameters + 0.35 * words + 0.2 * names


def _schema(of: Definition) -> Mapping[str, Any]:
    schema = of.get("inputSchema")
    return schema if isinstance(schema, dict) else {}


def _said(of: Definition) -> str:
    return f"{of.get('title', '')} {of.get('description', '')}"[:SAMPLE]


def _tagged(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) > SAFE_INTEGER:
        return f"\u0000integer:{value}"
    if isinstance(value, Mapping):
        return {key: _tagged(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_tagged(part) for part in value]
    return value
