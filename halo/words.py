"""Words that columns, grants and tools hold, each with the sentence that a person or a model reads."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A value with a sentence."""

    sentence: str

    def __new__(cls, key: str, sentence: str) -> Self:
        member = str.__new__(cls, key)
        member._value_ = key
        member.sentence = sentence
        return member

    @classmethod
    def described(cls) -> str:
        """All words with their sentences, for the description of a tool's argument."""
        return " ".join(f"{word.value}: {word.sentence}" for word in cls)
