"""What every form of a page is checked for before its view runs: its token, and text that can be kept.

The token is the keyed digest of a random cookie that no other site can read.

Flask-WTF's protection keeps one token in the session and signs it with the time: what of it stays the same on all pages
can be guessed from their length (BREACH), and every visitor would get a session for it.
"""

from __future__ import annotations

import hmac
import re
import secrets

from flask import g, request
from markupsafe import Markup

from halo.ground import vault
from halo.ground.errors import Denied, Mistake, Reason
from halo.web.cookies import visit_cookie

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def csrf_token() -> str:
    """The token that this browser's forms must send back: another one on each page, good as long as the visit.

    Pages are compressed, so a token that stayed the same could be guessed from their length (BREACH).
    """
    visit = request.cookies.get(visit_cookie()) or g.get("new_visit")
    if not visit or len(visit) > 100:
        visit = g.new_visit = secrets.token_urlsafe(24)
    of_visit, token = g.get("csrf_token", ("", ""))
    if of_visit != visit:
        token = _token(visit, secrets.token_hex(8))
        g.csrf_token = visit, token
    return str(token)


def _token(visit: str, salt: str) -> str:
    return f"{salt}.{vault.current().sign('csrf', visit, salt)}"


def csrf_field() -> Markup:
    """The hidden field of every form."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(csrf_token())


def check_token() -> None:
    """Raise `Denied(csrf_failed)` for a form that was not made for this browser."""
    sent = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
    visit = request.cookies.get(visit_cookie(), "")
    if not 0 < len(visit) <= 100 or not hmac.compare_digest(
        sent.encode(), _token(visit, sent.partition(".")[0]).encode()
    ):
        raise Denied(Reason.csrf_failed)


def check_text() -> None:
    """Nobody types control characters, PostgreSQL's text has no NUL, and no page can show the others again."""
    form = () if request.method in SAFE else request.form.listvalues()
    typed = any(_CONTROL.search(text) for texts in form for text in texts)
    if typed or "\0" in request.path or b"%00" in request.query_string:
        raise Mistake("text", "Text with control characters is not taken.")
