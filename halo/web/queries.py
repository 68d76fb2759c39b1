"""What the address of a page or an export asks for, in one way for all of them.

A page says which names its address can hold, and what each can say (`Kind`). Invisible signs are dropped where text
arrives. What is not understood (an unknown name, a value that does not fit, two values for one name) is never left
out in silence, since a list without that filter shows more: `Query.demand` refuses it with a sentence, and a page
that wants to keep its form says the same sentences and shows no rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from flask import request

from halo.ground.errors import Mistake
from halo.ground.text import nearest
from halo.ground.text.names import visible

LONGEST = 200
"""Characters of a value, where its kind says nothing else."""
_SHOWN = 60


@dataclass(frozen=True)
class Kind:
    """What a name can say: `read` gives the value as it is understood, None for what is not."""

    accepts: str
    """The end of the sentence "it takes ..."."""
    read: Callable[[str], str | None]
    choices: Iterable[str] = ()
    """Where there is a list, for the nearest of it."""

    def refusal(self, value: str) -> str:
        """What is said of a value that is not understood."""
        said = f"“{value[:_SHOWN]}” is not understood; it takes {self.accepts}."
        return said + nearest.meant(value[:_SHOWN], self.choices)


def text(longest: int = LONGEST) -> Kind:
    """Any text of so many characters."""
    return Kind(f"up to {longest} characters", lambda value: value if len(value) <= longest else None)


def one_of(words: Iterable[str]) -> Kind:
    """One of these words, whatever its case."""
    known = {word.casefold(): word for word in words if word}
    return Kind(f"one of {', '.join(known.values())}", lambda value: known.get(value.casefold()), tuple(known.values()))


def number(highest: int) -> Kind:
    """A whole number from 0 on."""

    def read(value: str) -> str | None:
        fits = value.isascii() and value.isdigit() and len(value) <= len(str(highest)) and int(value) <= highest
        return value if fits else None

    return Kind(f"a whole number from 0 to {highest}", read)


@dataclass(frozen=True)
class Query:
    """What an address asks for, as far as it is understood."""

    values: Mapping[str, str]
    """By name; names without a value are left out."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """What is not understood: the sentence about it, by name."""

    def get(self, name: str) -> str:
        """The value; empty where there is none."""
        return self.values.get(name, "")

    def demand(self) -> Query:
        """This query, where all of it is understood; raises `Mistake` with the first sentence otherwise."""
        for name, sentence in self.refused.items():
            raise Mistake(name, sentence)
        return self


def read(
    names: Mapping[str, Kind],
    labels: Mapping[str, str] | None = None,
    sent: Iterable[tuple[str, list[str]]] | None = None,
) -> Query:
    """What this request's address says, or what else was `sent`; `labels` are the names as the page calls them."""
    values: dict[str, str] = {}
    refused: dict[str, str] = {}
    for name, given in request.args.lists() if sent is None else sent:
        called = (labels or {}).get(name, name)
        if name not in names:
            refused[name] = _unknown(name, names)
        elif len(said := set(given) - {""}) > 1:
            refused[name] = f"{called}: it is given {len(said)} times with different values; give it once."
        elif said:
            (value,) = said
            try:
                understood = _understood(names[name], value)
            except ValueError as problem:
                refused[name] = f"{called}: {problem}"
            else:
                values |= {name: understood} if understood else {}
    return Query(values, refused)


def _understood(kind: Kind, value: str) -> str:
    """Raises ValueError with a sentence; white space alone says nothing, as an empty field does."""
    seen = visible(value)
    if not seen and value.strip():
        raise ValueError("there is nothing in it but signs that cannot be seen; write it anew, or take it out.")
    found = kind.read(seen) if seen else ""
    if found is None:
        raise ValueError(kind.refusal(seen))
    return found


def _unknown(name: str, names: Iterable[str]) -> str:
    shown = visible(name)[:_SHOWN]
    return f"This page has no filter “{shown}”." + (nearest.meant(shown, names) or f" There are {', '.join(names)}.")
