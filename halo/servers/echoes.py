"""What Halo shows to a server may not come back in its answers: a model or a log would keep it.

A server that repeats the token of a request, in a text, a name or a key, at any depth, is answered with a mark in its
place. Signs that nobody sees do not hide it; what a server makes of it (backwards, in base 64) nobody can tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import orjson

from halo.ledger.redact import REDACTED
from halo.servers.sanitising import text

SHORTEST = 8
"""Signs of a secret that is looked for: shorter ones are in any text."""


class Echoes:
    """The secrets of one conversation."""

    __slots__ = ("_secrets",)

    def __init__(self, secrets: list[str]) -> None:
        self._secrets = secrets

    @classmethod
    def of(cls, authorization: str | None) -> Self:
        """The credential of the header: what follows its scheme."""
        secret = (authorization or "").rpartition(" ")[2]
        return cls([secret] if len(secret) >= SHORTEST else [])

    def noting(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """The headers, whose values are secrets from now on."""
        self._secrets += headers.values()
        return headers

    def without(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a server said, with a mark in the place of each secret."""
        if not self._secrets or self._is_clean(orjson.dumps(said)):
            return said
        cleaned: Mapping[str, Any] = self._cleaned(said)
        return cleaned

    def removed(self, words: str) -> str:
        """The same of a text."""
        if any(secret in text(words, len(words)) for secret in self._secrets):
            words = text(words, len(words))
        for secret in self._secrets:
            words = words.replace(secret, REDACTED)
        return words

    def _is_clean(self, written: bytes) -> bool:
        """Whether it certainly holds none: plain text without them. What nobody sees is escaped, or not ASCII."""
        is_plain = written.isascii() and b"\\u" not in written
        return is_plain and not any(orjson.dumps(secret)[1:-1] in written for secret in self._secrets)

    def _cleaned(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.removed(value)
        if isinstance(value, dict):
            return {self.removed(key): self._cleaned(part) for key, part in value.items()}
        return [self._cleaned(part) for part in value] if isinstance(value, list) else value
