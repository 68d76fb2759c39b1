"""What is done on a page before it is looked at, for states that no address leads to; each gives the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Act = Callable[[Any], Any]
MANY = 30
"""Attempts to sign in after which somebody has been stopped for sure."""


def wrong_password(tab: Any) -> Any:
    """Somebody mistypes."""
    tab.fill("input[name=email]", "nobody@acme.test")
    tab.fill("input[name=password]", "not this one")
    return _sent(tab, "main form button[type=submit]")


def too_often(tab: Any) -> Any:
    """Somebody guesses."""
    for _ in range(MANY):
        answer = wrong_password(tab)
        if answer.status == 429:
            return answer
    raise AssertionError("nobody was stopped")


def session_over(tab: Any) -> Any:
    """The session ended while a form was open; it is back afterwards, for whoever comes next."""
    cookies = tab.context.cookies()
    tab.fill("#rename input[name=name]", "Olivia Owner-Ortega")
    tab.context.clear_cookies(name="halo_session")
    answer = _sent(tab, "#rename button[type=submit]")
    tab.context.add_cookies(cookies)
    return answer


def _sent(tab: Any, button: str) -> Any:
    with tab.expect_navigation() as navigation:
        tab.click(button)
    return navigation.value
