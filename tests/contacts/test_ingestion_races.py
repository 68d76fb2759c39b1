"""Requests that arrive at the same moment: one end user stays one, and every ticket has a number of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from halo.contacts.models import EndUser, Ticket
from halo.ground.database import db
from tests.contacts.site import send


def test_one_new_user_in_many_requests_is_written_once(app):
    def identify(number):
        return send(app.test_client(), "users/identify", {"user_id": "42", "traits": {f"t{number}": 1}}).status_code

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(identify, range(12))) == {200}
    with app.app_context():
        assert db.session.query(EndUser).one().custom_fields == {f"t{number}": 1 for number in range(12)}


def test_tickets_never_share_a_number(app):
    def create(number):
        body = {"email": f"{number}@example.com", "subject": "Help"}
        return send(app.test_client(), "tickets/create", body).json["ticket"]["number"]

    with ThreadPoolExecutor(6) as pool:
        numbers = list(pool.map(create, range(12)))
    with app.app_context():
        assert len(set(numbers)) == 12 == db.session.query(Ticket).count()
