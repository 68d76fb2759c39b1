"""What a call gives back: a short readable text and the same as data, at most as long as clients bear."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict

LONGEST_WIRE = 100_000
"""Bytes of one answer, text and data together: clients cut or refuse results from about 150,000 characters on."""
ROOM = 0.9
"""Of that, which an answer that was too long is made anew for, so that a second attempt is enough."""


Whose = Literal["ours", "customer", "stranger"]
"""Who wrote what an answer holds: we, which is Halo and the workspace's team; a customer; or somebody outside."""


class Result(BaseModel):
    """The shape of a tool's structured answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call gives back: a short readable text, and the same as data that fits the tool's result shape."""

    text: str
    data: Mapping[str, Any] | Result | None = None
    is_error: bool = False
    content: tuple[Mapping[str, Any], ...] | None = None
    """Content blocks that stand in for the text block: images, links, what a connected server gave."""
    smaller: Callable[[float], Answer] | None = None
    """Makes about this share of the same answer, and says how to get the rest; None where it cannot be less."""
    word: str = ""
    """What came of it in a word or two, for the audit log: `found 12`. Of at most 40 characters, and nobody's data."""
    whose: Whose | Literal[""] = ""
    """Whose words it holds, for whoever acts on it later; empty until `halo.perform` says what the tool's are."""
    notes: tuple[str, ...] = ()
    """What was understood otherwise than said: sentences that stand below the text and in the data."""

    def noting(self, notes: tuple[str, ...]) -> Answer:
        """The same answer with these notes too, however small it is made."""
        if not notes:
            return self
        less = self.smaller
        smaller = (lambda share: less(share).noting(notes)) if less is not None else None
        return replace(self, notes=self.notes + notes, smaller=smaller)

    def plain(self) -> Mapping[str, Any] | None:
        """The data as JSON-ready values."""
        data = self.data.model_dump(mode="json") if isinstance(self.data, BaseModel) else self.data
        return {**data, "notes": list(self.notes)} if self.notes and data is not None else data

    def encoded(self) -> bytes:
        """The same as JSON, for a door that has no language of its own."""
        said = {"text": "\n".join((self.text, *self.notes)), "data": self.plain(), "is_error": self.is_error}
        return orjson.dumps(said | ({"content": self.content} if self.content else {}), default=str)

    def bounded(self, render: Callable[[Answer], bytes]) -> tuple[Answer, bytes]:
        """This answer, or as much of it as clients bear, and what `render` makes of it."""
        answer, wire = self, render(self)
        while len(wire) > LONGEST_WIRE and answer.smaller is not None:
            answer = answer.smaller(ROOM * LONGEST_WIRE / len(wire))
            wire = render(answer)
        return answer, wire


def found(total: int, *, is_exact: bool = True) -> str:
    """The word of an answer that found so many."""
    if not total:
        return "found none"
    return f"found {total:,}" if is_exact else f"found over {total:,}"
