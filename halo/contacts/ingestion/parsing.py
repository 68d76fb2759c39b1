"""Reading bodies of the ingestion API: JSON objects, their fields, and the limits on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from halo.ground import limits
from halo.ground.errors import Mistake
from halo.ground.text import names
from halo.ground.wire import bounded

BODY_BYTES = 1_000_000
BULK_BYTES = 8_000_000
"""Of a bulk update: a thousand people with a few kilobytes each."""
USER_BYTES = 20_000
COMPANY_BYTES = 50_000
"""Of traits and context together (product documentation, limits)."""
EVENTS = 100
EVENT_BYTES = 10_000
PEOPLE = 1000
TICKET_BYTES = 50_000
MESSAGE = 50_000
IDENTIFIER = 255
CONTEXT_TYPES = ("list", "integration", "error", "status", "config", "feature", "metric", "relationship", "custom")


class Reserved(Mistake):
    """Traits that only Halo writes."""

    def __init__(self, field: str, keys: list[str]) -> None:
        super().__init__(field, f"{field}: these names are reserved: {', '.join(keys)}.")
        self.keys = keys


def parse(raw: bytes, most: int = limits.JSON_VALUES) -> Fields:
    """The body as an object; raises `Mistake` for anything else, and for more than so many values."""
    bounded.check(raw, most)
    try:
        # No database takes NUL in text; a lone surrogate does not get through orjson at all.
        body = orjson.loads(raw.replace(b"\\u0000", b"\\ufffd"))
    except orjson.JSONDecodeError as problem:
        raise Mistake("body", f"The body is not valid JSON: {problem.msg} at character {problem.pos}.") from None
    if not isinstance(body, dict):
        raise Mistake("body", "The body must be a JSON object.")
    return Fields(body)


class Fields:
    """An object of a body; reading a field checks it. `at` names the object in messages."""

    def __init__(self, values: Mapping[str, Any], at: str = "") -> None:
        self.values = values
        self._at = at

    def text(self, name: str, longest: int) -> str | None:
        """Text without white space round it; None where it is missing, null or empty. Numbers of ids become text."""
        value = self.values.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise Mistake(self._at + name, f"{self._at}{name}: must be text.")
        value = value.strip()
        if len(value) > longest:
            raise Mistake(self._at + name, f"{self._at}{name}: is longer than {longest:,} characters.")
        return value or None

    def required(self, name: str, longest: int) -> str:
        """Text that must be there."""
        value = self.text(name, longest)
        if value is None:
            raise Mistake(self._at + name, f"{self._at}{name}: is required.")
        return value

    def identity(self, name: str) -> str | None:
        """The site's own id of somebody, every sign of which can be seen."""
        value = self.text(name, IDENTIFIER)
        if value is not None and (problem := names.fault(value)):
            raise Mistake(self._at + name, f"{self._at}{name}: {problem}.")
        return value

    def required_identity(self, name: str) -> str:
        """The same, where it must be there."""
        self.required(name, IDENTIFIER)
        return self.identity(name) or ""

    def object(self, name: str) -> dict[str, Any]:
        """An object; an empty one where it is missing or null."""
        value = self.values.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise Mistake(self._at + name, f"{self._at}{name}: must be an object.")
        return value

    def sized(self, name: str, most: int) -> dict[str, Any]:
        """An object of at most so many bytes of JSON."""
        value = self.object(name)
        _check_size(self._at + name, most, value)
        return value

    def boolean(self, name: str) -> bool:
        """true or false; false where it is missing."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, bool):
            raise Mistake(self._at + name, f"{self._at}{name}: must be true or false.")
        return bool(value)

    def objects(self, name: str, most: int) -> list[Fields]:
        """A list of one to so many objects."""
        value = self.values.get(name)
        if not isinstance(value, list) or not value:
            raise Mistake(name, f"{name}: must be a list of at least one object.")
        if len(value) > most:
            raise Mistake(name, f"{name}: holds {len(value):,}; at most {most:,} go into one request.")
        for position, one in enumerate(value):
            if not isinstance(one, dict):
                raise Mistake(f"{name}[{position}]", f"{name}[{position}]: must be an object.")
        return [Fields(one, f"{name}[{position}].") for position, one in enumerate(value)]

    def profile(self, reserved: Iterable[str], most: int) -> tuple[dict[str, Any], dict[str, Any]]:
        """Traits and context, which share one limit; raises `Reserved` for names that only Halo writes."""
        traits, context = self.object("traits"), self.object("context")
        if taken := [name for name in reserved if name in traits]:
            raise Reserved(self._at + "traits", taken)
        _check_size(self._at + "traits", most, traits, context)
        for key, entry in context.items():
            kind = entry.get("type") if isinstance(entry, dict) else None
            if kind is not None and kind not in CONTEXT_TYPES:
                where = f"{self._at}context.{key[:60]}.type"
                raise Mistake(where, f"{where}: must be one of {', '.join(CONTEXT_TYPES)}.")
        return traits, context


def _check_size(name: str, most: int, *values: Any) -> None:
    size = _size(values)
    if size > most:
        what = "traits and context together" if len(values) > 1 else "it"
        raise Mistake(name, f"{name}: {what} may be at most {most:,} bytes; this is {size:,}.")


def check_growth(name: str, most: int, stored: Iterable[Any], merged: Iterable[Any]) -> None:
    """Raise `Mistake` where requests, each of them small enough, would together make more than `most` bytes."""
    size = _size(merged)
    if size > most and size > _size(stored):
        says = f"{name}: with what is stored already, traits and context together may be at most {most:,} bytes"
        raise Mistake(name, f"{says}; this would be {size:,}. Send null for what is no longer needed.")


def _size(values: Iterable[Any]) -> int:
    return sum(len(orjson.dumps(value)) for value in values)
