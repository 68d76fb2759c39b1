"""Cookies of ours: HttpOnly, SameSite=Lax, and over TLS Secure and bound to this host by their `__Host-` names.

Flask's own session carries nothing but what the next page shows: its message, and a secret that is shown once.
"""

from __future__ import annotations

from flask import Flask, Request, Response, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from halo.ground import vault
from halo.ground.settings import current as settings
from halo.web import assets


def session_cookie() -> str:
    """The cookie's name; `__Host-` binds it to this host over TLS."""
    return "__Host-halo_session" if settings().secure else "halo_session"


def pending_cookie() -> str:
    """The cookie of a browser whose person still owes the second factor; it opens no door."""
    return "__Host-halo_pending" if settings().secure else "halo_pending"


def browser_cookie() -> str:
    """The cookie of a browser in which somebody signed in before; it opens no door either."""
    return "__Host-halo_browser" if settings().secure else "halo_browser"


def visit_cookie() -> str:
    """The cookie that the tokens of forms are bound to."""
    return "__Host-halo_visit" if settings().secure else "halo_visit"


def set_cookie(response: Response, name: str, value: str, seconds: int | None) -> None:
    """A cookie of ours: HttpOnly, SameSite=Lax, Secure over TLS, for the whole host."""
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="Lax", secure=settings().secure, path="/")


def show_once(name: str, secret: str) -> None:
    """Keep a secret for the next page only, encrypted in this browser's cookie."""
    session[name] = vault.seal(secret)


def shown_once(name: str) -> str | None:
    """The secret that `show_once` kept, once."""
    sealed = session.pop(name, None)
    if not sealed:
        return None
    assets.keep_plain()
    return vault.open(sealed)


class PageSessions(SecureCookieSessionInterface):
    """Flask's signed cookie; not read for the API."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """None, and so Flask's inert session, for addresses that answer no pages."""
        return None if request.path.startswith("/api/") else super().open_session(app, request)
