"""Records as the workspace's own site makes them, through the ingestion API; inside an app context.

What the API has no field for (the category that the team gives, who is assigned) is written onto the row afterwards.
Conversations, feedback and leads come from elsewhere: `tests.contacts.rows`.
"""

from __future__ import annotations

import itertools
from typing import Any

from flask import current_app

from halo.contacts.models import Company, EndUser, Ticket
from halo.ground.database import db, one_change
from tests import cast
from tests.contacts import rows
from tests.contacts.site import KEY, OTHER_KEY, a_user_token, send

_KEYS = {cast.ACME: KEY, cast.UMBRA: OTHER_KEY}
_ids = itertools.count(1)
NOBODY = "somebody@elsewhere.test"
"""Who opens a ticket where it does not matter."""


def a_company(name: str = "Northwind", *, workspace: str = cast.ACME, **traits: Any) -> Company:
    """Told of by companies/identify."""
    body = {"company_id": f"company-{next(_ids)}", "traits": {"name": name} | traits}
    company: Company = _made(Company, "companies/identify", "company", body, workspace)
    return company


def an_end_user(
    name: str = "Jane Doe", *, company: Company | None = None, workspace: str = cast.ACME, **traits: Any
) -> EndUser:
    """Told of by users/identify; their company is vouched for by the site's server."""
    user_id = f"user-{next(_ids)}"
    body: dict[str, Any] = {"user_id": user_id, "traits": {"name": name} | traits}
    if company is not None:
        body["user_token"] = a_user_token(user_id, company_id=company.external_id)
    user: EndUser = _made(EndUser, "users/identify", "user", body, workspace)
    return user


def a_ticket(
    subject: str = "Cannot sign in",
    *messages: str,
    workspace: str = cast.ACME,
    user: EndUser | None = None,
    **columns: Any,
) -> Ticket:
    """Opened by tickets/create with its first message; what is said after it, and by the team, stands in rows."""
    asker = {"user_id": user.external_id} if user and user.external_id else {"email": (user and user.email) or NOBODY}
    first = messages[:1] if messages and not messages[0].startswith("note:") else ()
    body = {"subject": subject, "message": first[0] if first else None, **asker}
    ticket: Ticket = _made(Ticket, "tickets/create", "ticket", body, workspace)
    rows.say(ticket, *messages[len(first) :])
    with one_change() as session:
        for name, value in columns.items():
            setattr(session.get(Ticket, ticket.id), name, value)
    return ticket


def _made(model: Any, path: str, kind: str, body: dict[str, Any], workspace: str) -> Any:
    answer = send(current_app.test_client(), path, body, key=_KEYS[workspace])
    assert answer.json and answer.status_code in (200, 201), answer.text
    db.session.rollback()  # what comes now reads what the request wrote
    return db.session.get(model, answer.json[kind]["id"])
