"""Counting attempts at a password or a code: refused with the time when the next one is taken."""

from __future__ import annotations

import time

from flask import request
from limits import parse

from halo import limits, names, vault
from halo.errors import Denied, Reason
from halo.web import limiter


def count_sign_in(email: str) -> None:
    """Count an attempt against the address and the account; raises `Denied(rate_limited)` with `retry_after`."""
    _count(limits.SIGN_INS_PER_ADDRESS, "sign-in-address", _address())
    _count(limits.SIGN_INS_PER_ACCOUNT, "sign-in-account", _account(email))


def forget_failures(email: str) -> None:
    """The right password was given: earlier attempts at this account were its owner's typing errors."""
    limiter.limiter.clear(parse(limits.SIGN_INS_PER_ACCOUNT), "sign-in-account", _account(email))


def count_password_check(person_id: str) -> None:
    """Count a try at the current password of who is signed in; raises `Denied(rate_limited)`."""
    _count(limits.SIGN_INS_PER_ACCOUNT, "password-check", person_id)


def count_code(person_id: str) -> None:
    """Count a try at a code of the person's app; raises `Denied(rate_limited)`.

    It is asked only after the right password, so a stranger cannot use the tries up.
    """
    for limit in (limits.CODES_PER_PERSON, limits.CODES_PER_DAY):
        _count(limit, "code", person_id)


def count_recovery_code(person_id: str) -> None:
    """The same for recovery codes, which nobody guesses: counted apart, so that they work when the others are spent."""
    _count(limits.CODES_PER_PERSON, "recovery-code", person_id)


def forget_codes(person_id: str) -> None:
    """A right code was given: earlier wrong ones were its owner's."""
    for limit in (limits.CODES_PER_PERSON, limits.CODES_PER_DAY):
        limiter.limiter.clear(parse(limit), "code", person_id)


def count_sign_up() -> None:
    """Count a new account or workspace against the address; raises `Denied(rate_limited)`."""
    _count(limits.SIGN_UPS_PER_ADDRESS, "sign-up-address", _address())


def retry_after(denied: Denied) -> dict[str, str]:
    """The header that says when the next attempt is taken."""
    return {"Retry-After": str(denied.details["retry_after"])}


def _count(limit: str, name: str, who: str) -> None:
    item = parse(limit)
    if limiter.limiter.hit(item, name, who):
        return
    seconds = max(1, round(limiter.limiter.get_window_stats(item, name, who).reset_time - time.time()))
    wait = f"{seconds} seconds" if seconds < 120 else f"{-(-seconds // 60)} minutes"
    raise Denied(Reason.rate_limited, f"Too many attempts. Try again in {wait}.", retry_after=seconds)


def _address() -> str:
    return limits.visitor(request.remote_addr)


def _account(email: str) -> str:
    return vault.digest(names.address_key(email))
