"""Encryption at rest for what Halo must be able to read back: identity secrets, credentials of other services.

Fernet (AES-128-CBC + HMAC-SHA256) with a key derived from `Settings.secret_key`. Old keys keep reading what they
wrote, so that a key can be rotated without a stop.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from halo.ground import settings
from halo.ground.errors import HaloError
from halo.ground.per_app import PerApp
from halo.ground.settings import Settings

UNREADABLE = "A stored secret cannot be read with this instance's keys."
SEALED = {"sealed": True}
"""What a column says of itself (`mapped_column(..., info=vault.SEALED)`) that holds what is sealed here, or nothing: by
this `flask vault rotate` finds it (`halo.ground.resealing`)."""


@dataclass(frozen=True)
class Vault:
    """Seals and opens with the instance's keys."""

    fernet: MultiFernet
    newest: Fernet
    key: bytes

    @classmethod
    def from_settings(cls, chosen: Settings) -> Vault:
        keys = [derived(key, b"vault") for key in (chosen.secret_key, *chosen.old_secret_keys)]
        fernets = [Fernet(base64.urlsafe_b64encode(key)) for key in keys]
        return cls(MultiFernet(fernets), fernets[0], derived(chosen.secret_key, b"sign"))

    def seal(self, plain: str) -> str:
        """The text, encrypted, as printable text."""
        return self.fernet.encrypt(plain.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text back; raises `HaloError` when no key of ours wrote it."""
        try:
            return self.fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise HaloError(UNREADABLE) from None

    def seal_for(self, plain: str, *names: str) -> str:
        """The same with names inside: whose it is. Only whoever says the same names opens it."""
        return self.seal(orjson.dumps([*names, plain]).decode())

    def open_for(self, sealed: str, *names: str) -> str:
        """What `seal_for` sealed for these names; raises `HaloError` for a text that was copied from elsewhere."""
        *held, plain = _list(self.open(sealed))
        if held != list(names):
            raise HaloError("A stored secret stands where it does not belong.")
        return str(plain)

    def is_newest(self, sealed: str) -> bool:
        """Whether the newest key wrote it."""
        try:
            self.newest.decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True

    def resealed(self, sealed: str) -> str:
        """The same under the newest key; raises `HaloError` when no key of ours wrote it."""
        try:
            return self.fernet.rotate(sealed.encode()).decode()
        except InvalidToken:
            raise HaloError(UNREADABLE) from None

    def sign(self, purpose: str, *parts: str) -> str:
        """A keyed digest (HMAC-SHA256, hex) of the parts, different for every purpose."""
        message = "\x00".join((purpose, *parts)).encode()
        return hmac.new(self.key, message, hashlib.sha256).hexdigest()


def _list(text: str) -> list[object]:
    """What `seal_for` wrote; one empty name for what it did not."""
    try:
        held = orjson.loads(text)
    except orjson.JSONDecodeError:
        held = None
    return held if isinstance(held, list) and held else [""]


def derived(secret: str, purpose: bytes) -> bytes:
    """A key of 32 bytes for this purpose only, the same wherever the secret is."""
    return hmac.new(secret.encode(), b"halo:" + purpose, hashlib.sha256).digest()


_vault = PerApp(lambda: Vault.from_settings(settings.current()))


def current() -> Vault:
    """The vault of the current app."""
    return _vault.get()


def seal(plain: str) -> str:
    """See `Vault.seal`."""
    return current().seal(plain)


def open(sealed: str) -> str:  # noqa: A001 - reads as vault.open(...)
    """See `Vault.open`."""
    return current().open(sealed)


def seal_for(plain: str, *names: str) -> str:
    """See `Vault.seal_for`."""
    return current().seal_for(plain, *names)


def open_for(sealed: str, *names: str) -> str:
    """See `Vault.open_for`."""
    return current().open_for(sealed, *names)


def digest(secret: str) -> str:
    """SHA-256, hex: how every token of ours is stored and looked up."""
    return hashlib.sha256(secret.encode()).hexdigest()
