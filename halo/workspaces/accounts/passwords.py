"""Passwords: what is accepted, and how they are kept and compared."""

from __future__ import annotations

import contextlib
import ctypes
import threading
from collections.abc import Iterator
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from halo.ground import limits, settings
from halo.ground.errors import Busy, Mistake
from halo.ground.text.folding import fold

SHORTEST = 10
LONGEST = 200
"""Hashing takes time in proportion; nobody types more."""
DEMO = "halo-demo-password"
"""Of every person in the demo; no production instance takes it."""
COMMON = frozenset(
    [
        "1234567890",
        "12345678910",
        "0123456789",
        "0987654321",
        "1111111111",
        "0000000000",
        "1q2w3e4r5t",
        "1qaz2wsx3edc",
        "q1w2e3r4t5",
        "qwertyuiop",
        "qwerty12345",
        "qwerty123456",
        "qwertyuiop123",
        "asdfghjkl1",
        "asdfghjkl;",
        "zxcvbnm123",
        "password12",
        "password123",
        "password1234",
        "password12345",
        "password123!",
        "password1!",
        "passw0rd123",
        "p@ssw0rd123",
        "p@ssword123",
        "mypassword",
        "letmein123",
        "letmein1234",
        "welcome123",
        "welcome1234",
        "welcome2024",
        "welcome2025",
        "welcome2026",
        "iloveyou12",
        "iloveyou123",
        "iloveyou1234",
        "administrator",
        "admin12345",
        "admin123456",
        "changeme123",
        "changeme1234",
        "football123",
        "baseball123",
        "sunshine123",
        "princess123",
        "superman123",
        "trustno1trustno1",
        "abcdefghij",
        "abcdefgh123",
        "abcd1234567",
        "abc1234567",
        "1234567890a",
        "a1234567890",
        "correcthorsebatterystaple",
        "halohalohalo",
        "haloagents",
        "secret12345",
        "summer2025!",
        "summer2026!",
        "winter2025!",
        "winter2026!",
    ]
)
"""The guesses that are tried first, of the length that we take."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
# OWASP's first choice for Argon2id; 19 MiB a hash, so that a rush of sign-ins does not fill a small machine.
_gate = threading.BoundedSemaphore(limits.PASSWORDS_AT_ONCE)
MAPPED_FROM = 4 << 20
"""Bytes. What is larger and freed goes back to the system at once."""
_M_MMAP_THRESHOLD = -3
"""Of glibc's mallopt."""


def digest(password: str) -> str:
    """The password as it is kept: Argon2id with its parameters and a salt of its own."""
    with _turn():
        return _hasher.hash(password)


@contextlib.contextmanager
def _turn() -> Iterator[None]:
    """One of the few places for a hash; raises `Busy` where none comes free."""
    _give_memory_back()
    if not _gate.acquire(timeout=limits.PASSWORD_WAIT_SECONDS):
        raise Busy("Many people are signing in at this moment.", retry_after=limits.RETRY_SECONDS)
    try:
        yield
    finally:
        _gate.release()


@cache
def _give_memory_back() -> None:
    """Keep glibc from learning that blocks of a hash's size are common: it would keep every one that was ever freed,
    in the arena of each thread that hashed."""
    with contextlib.suppress(OSError, AttributeError):  # another C library has its own ways
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, MAPPED_FROM)


def check(password: str, *, email: str = "", name: str = "", field: str = "password") -> None:
    """Raise `Mistake` on a password that is too easy to guess."""
    plain = fold(password.strip())
    if len(password) < SHORTEST:
        raise Mistake(field, f"Use at least {SHORTEST} characters.")
    if len(password) > LONGEST:
        raise Mistake(field, f"Use at most {LONGEST} characters.")
    if plain in COMMON or len(set(plain)) < 4 or (plain == DEMO and settings.current().production):
        raise Mistake(field, "This password is among the first that are guessed. Choose another.")
    email, name = fold(email), fold(name)
    taken = {email, email.partition("@")[0], name, name.replace(" ", "")}
    if plain in taken:
        raise Mistake(field, "Your name or e-mail address is too easy to guess. Choose another password.")


def matches(kept: str | None, password: str) -> bool:
    """Whether this is the password; takes as long where there is no account to compare with."""
    try:
        with _turn():
            _hasher.verify(kept or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None and not (password == DEMO and settings.current().production)


def is_outdated(kept: str) -> bool:
    """Whether the digest was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(kept)


@cache
def _nobody() -> str:
    return _hasher.hash("the password of nobody")
