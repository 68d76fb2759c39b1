"""Consent: the transaction between `/authorize` and the person's answer, and the answer itself.

It lives in the database, so any worker can take the next step. It is answered once; for `REPLAY_SECONDS` the same
person gets the same answer again, so that a double press or the browser's Back is harmless (S-31). The
stored answer is encrypted, and the code in it dies on its own.
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import delete, select

from halo.ground import vault
from halo.ground.database import db, now, one_change
from halo.ground.errors import NotFound
from halo.ground.principal import SignedIn
from halo.ground.settings import Settings
from halo.oauth import tokens
from halo.oauth.models import ConsentRequest, OAuthClient

REPLAY_SECONDS = 60
KEPT = datetime.timedelta(hours=1)
"""How long a request that is over can still be begun again; anybody may open one, so none stays for good."""
AT_ONCE = 500
"""Requests that one change forgets."""
RESTART = ("response_type", "client_id", "state", "scope", "code_challenge", "code_challenge_method", "resource")


def open_request(client: OAuthClient, parameters: Mapping[str, Any], *, settings: Settings) -> str:
    """Keep a checked authorization request until the person has decided; its name in the consent page's address."""
    text = secrets.token_urlsafe(32)
    with one_change() as session:
        session.add(
            ConsentRequest(
                digest=vault.digest(text),
                client_row_id=client.id,
                parameters=dict(parameters),
                expires_at=now() + datetime.timedelta(seconds=settings.consent_seconds),
            )
        )
    return text


def forget_dead() -> bool:
    """Forget requests that have been over for a while, answered or not, inside the current change; whether there may
    be more."""
    dead = select(ConsentRequest.digest).where(ConsentRequest.expires_at < now() - KEPT).limit(AT_ONCE)
    gone = db.session.execute(
        delete(ConsentRequest).where(ConsentRequest.digest.in_(dead)), execution_options={"synchronize_session": False}
    )
    return getattr(gone, "rowcount", 0) == AT_ONCE


def find(text: str, *, lock: bool = False) -> ConsentRequest:
    """The request of this name, in whatever state; raises NotFound."""
    wanted = select(ConsentRequest).where(ConsentRequest.digest == vault.digest(text))
    row = db.session.scalar(wanted.with_for_update() if lock else wanted)
    if row is None:
        raise NotFound("request for consent")
    return row


def state_of(row: ConsentRequest, *, principal: SignedIn) -> Literal["open", "answered", "over"]:
    """Whether it waits for an answer, has one that can be given again, or is over."""
    if row.decided_at is None:
        return "open" if row.expires_at > now() else "over"
    recent = now() - row.decided_at <= datetime.timedelta(seconds=REPLAY_SECONDS)
    return "answered" if recent and row.person_id == principal.person_id else "over"


def answer_of(row: ConsentRequest) -> str:
    """Where the decision led."""
    return vault.open(row.answer or "")


def grant_of(row: ConsentRequest) -> str | None:
    """The id of the grant that the decision made; None where the person denied."""
    code = parse_qs(urlsplit(answer_of(row)).query).get("code")
    return tokens.grant_of_code(code[-1]) if code else None


def restart(row: ConsentRequest) -> dict[str, str]:
    """The parameters that begin the same authorization again."""
    kept = {name: row.parameters.get(name) for name in RESTART}
    if row.parameters.get("redirect_uri_sent"):
        kept["redirect_uri"] = row.parameters["redirect_uri"]
    return {name: value for name, value in kept.items() if value}


def decide(row: ConsentRequest, location: str, *, principal: SignedIn) -> None:
    """Note the answer, inside the current change."""
    row.person_id, row.decided_at, row.answer = principal.person_id, now(), vault.seal(location)
