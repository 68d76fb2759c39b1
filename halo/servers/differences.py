"""What changed between two definitions of a tool, in words, and whether calls made so far can break by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["added", "removed", "narrowed", "widened", "required", "optional", "text", "hint", "answer", "other"]
LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
KNOWN = {"type", "enum", "const", "description", "title", "default", "examples", *LOWER, *UPPER}
HINTS = {
    "readOnlyHint": ("reads only", "may write"),
    "destructiveHint": ("may destroy", "destroys nothing"),
    "idempotentHint": ("can be repeated", "may not be repeated"),
    "openWorldHint": ("reaches out into the world", "stays within its own data"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One change; `where` is the parameter, empty for the tool itself."""

    kind: Kind
    where: str
    says: str
    breaks: bool = False
    """Whether a call that fitted before may fit no more."""

    @property
    def sign(self) -> str:
        """`+`, `−` or `~`, as the page draws it."""
        return {"added": "+", "removed": "−"}.get(self.kind, "~")


def between(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """Every change, those that break first."""
    found = [*_texts(old, new), *_hints(old, new), *_parameters(old, new), *_answers(old, new)]
    return sorted(found, key=lambda each: not each.breaks)


def _texts(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    for part, name in (("name", "name"), ("title", "title"), ("description", "description")):
        if old.get(part) != new.get(part):
            yield Difference("text", "", f"The {name} is another.", breaks=part == "name")


def _hints(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    before, now = _map(old.get("annotations")), _map(new.get("annotations"))
    for hint, (yes, no) in HINTS.items():
        if before.get(hint) != now.get(hint):
            says = {True: yes, False: no}.get(now.get(hint), "says nothing of it any more")  # type: ignore[arg-type]
            yield Difference("hint", "", f"It claims now: {says}.")


def _answers(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    if old.get("outputSchema") != new.get("outputSchema"):
        yield Difference("answer", "", "What it answers has another shape.")


def _parameters(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    before, now = _map(old.get("inputSchema")), _map(new.get("inputSchema"))
    olds, news = _map(before.get("properties")), _map(now.get("properties"))
    had, has = set(_list(before.get("required"))), set(_list(now.get("required")))
    for name in [*olds, *(name for name in news if name not in olds)]:
        if name not in news:
            yield Difference("removed", name, "The parameter is gone.", breaks=True)
        elif name not in olds:
            needed = name in has
            yield Difference("added", name, "A new parameter" + (", and it is required." if needed else "."), needed)
        else:
            yield from _requirement(name, name in had, name in has)
            yield from _shape(name, _map(olds[name]), _map(news[name]))
    rest = {"properties", "required", "type", "title", "description"}
    if _without(before, rest) != _without(now, rest):
        yield Difference("other", "", "Further rules of its arguments are others.", breaks=True)


def _requirement(name: str, before: bool, now: bool) -> Iterator[Difference]:
    if now and not before:
        yield Difference("required", name, "It is required now.", breaks=True)
    elif before and not now:
        yield Difference("optional", name, "It can be left out now.")


def _shape(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    yield from _types(name, old, new)
    yield from _choices(name, old, new)
    for bound in (*LOWER, *UPPER):
        yield from _bound(name, bound, old.get(bound), new.get(bound))
    if old.get("description") != new.get("description") or old.get("title") != new.get("title"):
        yield Difference("text", name, "Its description is another.")
    if old.get("default") != new.get("default"):
        yield Difference("other", name, "What is taken where it is left out is another.")
    if _without(old, KNOWN) != _without(new, KNOWN):
        yield Difference("other", name, "Further rules of it are others.", breaks=True)


def _types(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    before, now = _kinds(old), _kinds(new)
    if before == now:
        return
    if now is None or (before is not None and before < now):
        yield Difference("widened", name, f"It takes more kinds of values: {_words(now)}.")
    else:
        yield Difference("narrowed", name, f"It takes only {_words(now)} now.", breaks=True)


def _kinds(shape: Mapping[str, Any]) -> frozenset[str] | None:
    """The types that fit, None for any; every integer is a number."""
    kinds = shape.get("type")
    if kinds is None:
        return None
    named = {kinds} if isinstance(kinds, str) else {str(kind) for kind in _list(kinds)}
    return frozenset(named | ({"integer"} if "number" in named else set()))


def _choices(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    before, now = _values(old), _values(new)
    if before == now:
        return
    if now is None:
        yield Difference("widened", name, "Any value is taken now.")
        return
    lost = [value for value in before if value not in now] if before is not None else None
    gained = [value for value in now if before is not None and value not in before]
    if lost is None:
        yield Difference("narrowed", name, f"Only these are taken now: {_words(now)}.", breaks=True)
    elif lost:
        yield Difference("narrowed", name, f"No longer taken: {_words(lost)}.", breaks=True)
    if gained:
        yield Difference("widened", name, f"Also taken now: {_words(gained)}.")


def _values(shape: Mapping[str, Any]) -> list[str] | None:
    if "const" in shape:
        return [str(shape["const"])]
    return [str(value) for value in shape["enum"]] if isinstance(shape.get("enum"), list) else None


def _bound(name: str, bound: str, old: Any, new: Any) -> Iterator[Difference]:
    if old == new:
        return
    is_lower = bound in LOWER
    if new is None:
        yield Difference("widened", name, f"No {bound} any more.")
    elif not isinstance(new, int | float):
        yield Difference("other", name, f"Its {bound} is another.", breaks=True)
    elif isinstance(old, int | float) and (new < old if is_lower else new > old):
        yield Difference("widened", name, f"{bound} is {new} now.")
    else:
        yield Difference("narrowed", name, f"{bound} is {new} now.", breaks=True)


def _words(values: Sequence[str] | frozenset[str] | None) -> str:
    shown = sorted(values) if isinstance(values, frozenset) else list(values or ())
    more = f" and {len(shown) - 8} more" if len(shown) > 8 else ""
    return (", ".join(each[:40] for each in shown[:8]) + more) if values is not None else "anything"


def _without(shape: Mapping[str, Any], keys: set[str]) -> dict[str, Any]:
    return {key: value for key, value in shape.items() if key not in keys}


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
