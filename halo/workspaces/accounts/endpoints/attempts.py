"""Counting attempts at a password or a code: refused with the time when the next one is taken."""

from __future__ import annotations

from flask import request

from halo.ground import limits, vault
from halo.ground.errors import Denied
from halo.ground.principal import SignedIn
from halo.ground.text import names
from halo.web import throttle
from halo.workspaces.accounts import people
from halo.workspaces.endpoints import devices


def count_sign_in(email: str) -> None:
    """Count an attempt against the address, against address and account together, and against the account; raises
    `Denied(rate_limited)` with `retry_after`. What one of them refuses costs the next nothing."""
    throttle.count(limits.SIGN_INS_PER_ADDRESS, "sign-in-address", _address())
    throttle.count(limits.SIGN_INS_PER_ADDRESS_AND_ACCOUNT, "sign-in", _address(), _account(email))
    throttle.count(*_everywhere(email))


def forget_failures(email: str) -> None:
    """The right password was given: earlier attempts from here were its owner's typing errors. Of what was tried from
    elsewhere only this attempt is taken back, or the owner's work would pay for somebody who guesses."""
    throttle.forget(limits.SIGN_INS_PER_ADDRESS_AND_ACCOUNT, "sign-in", _address(), _account(email))
    throttle.uncount(*_everywhere(email))


def count_password_check(principal: SignedIn) -> None:
    """Count a try at the present password of who is signed in; raises `Denied(rate_limited)`.

    By browser and person together: whoever found an open one uses up nobody's tries elsewhere.
    """
    throttle.count(limits.SIGN_INS_PER_ADDRESS_AND_ACCOUNT, "password-check", principal.session_id)


def count_code(person_id: str) -> None:
    """Count a try at a code of the person's app; raises `Denied(rate_limited)`.

    It is asked only after the right password, so a stranger cannot use the tries up.
    """
    for limit in (limits.CODES_PER_PERSON, limits.CODES_PER_DAY):
        throttle.count(limit, "code", person_id)


def count_recovery_code(person_id: str) -> None:
    """The same for recovery codes, which nobody guesses: counted apart, so that they work when the others are spent."""
    throttle.count(limits.CODES_PER_PERSON, "recovery-code", person_id)


def forget_codes(person_id: str) -> None:
    """A right code was given: earlier wrong ones were its owner's."""
    for limit in (limits.CODES_PER_PERSON, limits.CODES_PER_DAY):
        throttle.forget(limit, "code", person_id)


def count_sign_up() -> None:
    """Count a new account or workspace against the address; raises `Denied(rate_limited)`."""
    throttle.count(limits.SIGN_UPS_PER_ADDRESS, "sign-up-address", _address())


def retry_after(denied: Denied) -> dict[str, str]:
    """The header that says when the next attempt is taken."""
    return {"Retry-After": str(denied.details["retry_after"])}


def _everywhere(email: str) -> tuple[str, ...]:
    """The limit of an account wherever it is tried: its own, or that of a browser in which it signed in before."""
    person = people.find(email)
    if person is not None and (browser := devices.known(person.id)):
        return limits.SIGN_INS_PER_BROWSER, "sign-in-browser", browser
    return limits.SIGN_INS_PER_ACCOUNT, "sign-in-account", _account(email)


def _address() -> str:
    return limits.visitor(request.remote_addr)


def _account(email: str) -> str:
    return vault.digest(names.address_key(email))
