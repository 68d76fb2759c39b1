"""What is wrong with the arguments of a call, in sentences: each argument with what came and what would be accepted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from halo.ground.errors import Mistake
from halo.ground.text import nearest
from halo.ground.words import SYNONYMS

LONGEST_GOT = 60
"""Characters of a wrong value that are repeated."""
KINDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}
_SHOWN = 40
"""Of the words of a list; none of ours has as many."""
_ROUND = 1e6
"""Higher numbers than this are no limit that anybody has to know."""

Shape = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with the arguments."""

    kind: Literal["missing", "unknown", "said", "wrong"]
    """`said`: `says` is a whole sentence of ours."""
    path: tuple[str | int, ...]
    """Where: the argument first; empty where it concerns no argument of its own."""
    value: Any = None
    """What came there."""
    says: str = ""
    """What is wrong, as a sentence."""
    longest: int | None = None
    """Of text that is too long: how long it may be."""
    is_empty: bool = False
    """Text that has to say something."""
    accepts: str = ""
    """What would be accepted there; empty where the argument's shape says it."""

    @property
    def name(self) -> str:
        """The argument."""
        return str(self.path[0]) if self.path else ""


class Unfit(Exception):
    """The arguments do not fit; what is wrong with them, in the order in which it was found."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        super().__init__()
        self.faults = tuple(faults)


def kinds(shape: Shape) -> tuple[str, ...]:
    """What a value of this shape may be; empty where the shape does not say."""
    kind = shape.get("type")
    return (kind,) if isinstance(kind, str) else tuple(kind) if isinstance(kind, list) else ()


def kind_of(shape: Shape) -> str:
    """The one kind that a value is of, null aside; empty where there are several."""
    found = [kind for kind in kinds(shape) if kind != "null"]
    return found[0] if len(found) == 1 else ""


def items_of(shape: Shape) -> Shape:
    items = shape.get("items", {})
    return items if isinstance(items, dict) else {}


def mistake(
    shapes: Mapping[str, Shape], secret: frozenset[str], sent: Mapping[str, Any], faults: Iterable[Fault]
) -> Mistake:
    """Every argument that does not fit, a line each; what concerns no argument of its own stands as it is."""
    unknown: list[str] = []
    problems: dict[str, str] = {}
    for fault in faults:
        if fault.kind == "unknown" and len(fault.path) == 1:
            unknown.append(fault.name)
        else:
            problems.setdefault(fault.name, _problem(shapes.get(fault.name, {}), secret, sent, fault))
    says = list(problems.values())
    if unknown:
        says.append(_unknown(unknown, shapes))
    wrong = len(problems) + len(unknown)
    first = next(iter(problems), None) or (unknown[0] if unknown else "arguments")
    if len(says) == 1:
        return Mistake(first, says[0])
    return Mistake(first, f"{wrong} arguments do not fit:\n" + "\n".join(f"- {one}" for one in says))


def _problem(shape: Shape, secret: frozenset[str], sent: Mapping[str, Any], fault: Fault) -> str:
    name = fault.name
    if not name:
        return fault.says
    if fault.kind == "missing" and len(fault.path) == 1:
        came = f" {got_in_words(sent[name])} came." if name in sent else ""
        return f"The argument {name!r} is required.{came} Accepted: {_accepted(shape)}."
    if fault.kind == "missing":
        return f"The argument {dotted(fault.path)!r} is required."
    value = fault.value if len(fault.path) > 1 else sent.get(name)
    got = "a value" if secret.intersection(map(str, fault.path)) else got_in_words(value)
    if fault.kind == "said":
        says = fault.says
        return f"{name}: {says[:1].lower()}{says[1:]}" + ("" if repr(value)[1:-1][:20] in says else f" Got {got}.")
    if fault.accepts:
        near = _nearest(value, shape) if len(fault.path) == 1 else ""
        return f"{dotted(fault.path)}: got {got}; accepted: {fault.accepts}.{near}"
    if kind_of(shape) == "object":
        return f"{dotted(fault.path)}: {fault.says} Got {got}."
    return f"{name}: got {got}; accepted: {_accepted(shape, fault)}.{_nearest(value, shape)}"


def _accepted(shape: Shape, fault: Fault | None = None) -> str:
    """What an argument of this shape may be."""
    if words := shape.get("enum"):
        return some(words)
    if "const" in shape:
        return str(shape["const"])
    kind = kind_of(shape)
    if kind == "array":
        return f"any of {_accepted(items_of(shape))}" if "enum" in items_of(shape) else "a list"
    says = in_words(kinds(shape))
    least, most = shape.get("minimum"), shape.get("maximum")
    if least is not None and most is not None:
        return f"{says}, {least:,g} to {most:,g}" if most < _ROUND else f"{says} of at least {least:,g}"
    if fault is None or kind != "string":
        return says
    if fault.longest is not None:
        return f"{says} of at most {fault.longest:,} characters"
    return f"{says} that is not empty" if fault.is_empty else says


def in_words(names: Iterable[str]) -> str:
    """Kinds of values, as a person says them."""
    return " or ".join(KINDS[name] for name in names if name in KINDS) or "another value"


def some(words: Sequence[Any]) -> str:
    """The first words of a list, and how many more there are."""
    shown = ", ".join(str(word)[:LONGEST_GOT] for word in words[:_SHOWN])
    return f"{shown} and {len(words) - _SHOWN} more" if len(words) > _SHOWN else shown


def dotted(path: Iterable[str | int]) -> str:
    """Where something stands in the arguments."""
    return ".".join(str(part)[:LONGEST_GOT] for part in path)


def _nearest(value: Any, shape: Shape) -> str:
    """Where a word is wrong: the words that exist and come closest to it."""
    words: list[str] = list(shape.get("enum", ()) or items_of(shape).get("enum", ()))
    if not words or not isinstance(value, str):
        return ""
    said = bare(value)
    near = [word for word in SYNONYMS.get(said, ()) if word in words]
    near = near or nearest.near(said[:LONGEST_GOT], words)[:2]
    return f" For {got_in_words(value)}: {' or '.join(near)}." if near else ""


def _unknown(names: Sequence[str], shapes: Mapping[str, Shape]) -> str:
    said = " or ".join(repr(name[:LONGEST_GOT]) for name in names)
    near = [found for name in names for found in nearest.near(name[:LONGEST_GOT], shapes)[:1]]
    meant = f" Did you mean {' and '.join(near)}?" if near else ""
    return f"There is no argument {said}; accepted: {', '.join(sorted(shapes)) or 'none'}.{meant}"


def got_in_words(value: Any) -> str:
    """A wrong value as it came, on one line, cut at a length."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    text = text if text.isprintable() else json.dumps(value, default=str)
    return text if len(text) <= LONGEST_GOT else text[: LONGEST_GOT - 2] + " …"


def bare(word: str) -> str:
    return re.sub(r"[\s_.-]+", "", word.casefold())
