"""Browsers that are known: a long-lived cookie, sealed with the instance's key, that says which people signed in there.

It opens no door and proves nothing. All that it does is to keep strangers who guess at an account from using up the
attempts of the browser in which its owner works.
"""

from __future__ import annotations

import secrets
import time

import orjson
from flask import Response, request

from halo.ground import limits, vault
from halo.ground.errors import HaloError
from halo.web.cookies import browser_cookie, set_cookie


def known(person_id: str) -> str | None:
    """The name of this browser, if the person signed in here before."""
    name, people = _held()
    return name if person_id in people else None


def remember(response: Response, person_id: str) -> None:
    """The person signed in just now, all the way: know the browser for them from here on."""
    name, people = _held()
    kept = [person_id, *(each for each in people if each != person_id)][: limits.ACCOUNTS_OF_BROWSER]
    facts = {"name": name or secrets.token_urlsafe(16), "people": kept, "at": int(time.time())}
    sealed = vault.seal(orjson.dumps(facts).decode())
    set_cookie(response, browser_cookie(), sealed, limits.KNOWN_BROWSER_SECONDS)


def _held() -> tuple[str, list[str]]:
    """Name and people of the browser that asks; empty for one that is not known, or says what we never did."""
    sent = request.cookies.get(browser_cookie(), "")
    if not sent:
        return "", []
    try:
        facts = orjson.loads(vault.open(sent))
    except HaloError:
        return "", []
    is_over = facts["at"] + limits.KNOWN_BROWSER_SECONDS < time.time()
    return ("", []) if is_over else (facts["name"], facts["people"])
