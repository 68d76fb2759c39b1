"""The ingestion API: what the workspace's site sends is what the tools find."""

from __future__ import annotations

import pytest

from halo.contacts.models import Company, EndUser, SdkEvent, Ticket, TicketMessage
from halo.ground.database import db, one_change
from tests import cast
from tests.contacts.calls import call
from tests.contacts.rows import a_company, an_end_user, days_ago
from tests.contacts.site import OTHER_KEY, a_user_token, an_update_token, demand_identity, send


def only(model):
    return db.session.query(model).populate_existing().one()


def test_an_identified_user_is_found_by_the_tools(app, client):
    traits = {
        "email": "Ana@Example.com",
        "name": "Ana",
        "plan": "pro",
        "mrr": 49,
        "beta": True,
        "signed_up_at": 1780000000,
    }
    context = {"cart": {"label": "Cart", "type": "list", "value": ["Pro plan"]}}
    answer = send(client, "users/identify", {"user_id": 42, "traits": traits, "context": context})
    assert (answer.status_code, answer.json["created"]) == (200, True)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    with app.app_context():
        told = call("data_find_user", email="ana@example.com").data["user"]
    assert (told["external_id"], told["plan"], told["mrr"], told["custom_fields"]) == ("42", "pro", 49, {"beta": True})
    assert told["context"] == context
    assert told["last_seen"] is not None


def test_days_and_times_of_a_site_are_read_as_everywhere_else(app, client):
    with app.app_context(), one_change():
        cast.workspace().time_zone = "America/New_York"
    for sent, at, day in (
        ("2026-08-01", "2026-08-01T04:00", "2026-08-01"),
        ("20260801", "2026-08-01T04:00", "2026-08-01"),
        ("2026-W31-6", "2026-08-01T04:00", "2026-08-01"),
        ("2026-08-01T09:00", "2026-08-01T13:00", "2026-08-01"),
        ("2026-08-01T00:00:00.000Z", "2026-08-01T00:00", "2026-08-01"),
        ("2026-08-01 09:00:00+02:00\u200b", "2026-08-01T07:00", "2026-08-01"),
        (1785542400, "2026-08-01T00:00", "2026-07-31"),
        (1785542400000, "2026-08-01T00:00", "2026-07-31"),
        (-86400, "1969-12-31T00:00", "1969-12-30"),
    ):
        for path, named in (("users/identify", "user_id"), ("companies/identify", "company_id")):
            answer = send(client, path, {named: "1", "traits": {"signed_up_at": sent, "renewal_date": sent}})
            assert answer.status_code == 200, answer.text
        with app.app_context():
            for record in (only(EndUser), only(Company)):
                stored = record.signed_up_at.isoformat(timespec="minutes").removesuffix("+00:00")
                assert (stored, record.renewal_date.isoformat()) == (at, day), sent


def test_traits_are_merged_and_null_takes_one_away(app, client):
    send(client, "users/identify", {"user_id": "42", "traits": {"name": "Ana", "seats": 3, "beta": True}})
    again = send(client, "users/identify", {"user_id": "42", "traits": {"plan": "pro", "beta": None}})
    assert again.json["created"] is False
    with app.app_context():
        user = only(EndUser)
        assert (user.name, user.plan, user.custom_fields) == ("Ana", "pro", {"seats": 3})


def test_a_user_known_by_address_alone_takes_the_id_on_that_a_token_names_with_it(app, client):
    with app.app_context():
        known = an_end_user(email="ana@example.com").id
    token = a_user_token("42", email="ana@example.com")
    send(client, "users/identify", {"user_id": "42", "user_token": token})
    with app.app_context():
        assert (only(EndUser).id, only(EndUser).external_id) == (known, "42")


def test_who_merely_names_an_address_does_not_become_its_owner(app, client):
    with app.app_context():
        known = an_end_user(email="ana@example.com").id
    send(client, "users/identify", {"user_id": "mallory", "traits": {"email": "ana@example.com"}})
    with app.app_context():
        assert db.session.get(EndUser, known).external_id is None


def test_a_company_takes_its_user_in(app, client):
    body = {
        "company_id": "acme",
        "user_id": "42",
        "traits": {"name": "Acme Inc", "domain": "https://www.acme.example/x"},
    }
    assert send(client, "companies/identify", body).status_code == 200
    with app.app_context():
        told = call("data_find_company", domain="acme.example").data["company"]
        assert (told["name"], told["team_size"]) == ("Acme Inc", 1)
        assert only(EndUser).company_id == only(Company).id


def test_events_belong_to_their_user(app, client):
    events = [{"event_type": "page_view", "page_url": "https://x.test/"}, {"event_type": "click", "metadata": {"n": 1}}]
    assert send(client, "events", {"user_id": "42", "session_id": "s", "events": events}).json == {"success": True}
    assert send(client, "events", {"session_id": "s", "events": events[:1]}).status_code == 200
    with app.app_context():
        owners = [event.end_user_id for event in db.session.query(SdkEvent)]
        assert sorted(owner is None for owner in owners) == [False, False, True]


def test_a_ticket_is_found_by_number_and_words(app, client):
    body = {
        "email": "ana@example.com",
        "name": "Ana",
        "subject": "Invoice is missing",
        "message": "June did not arrive.",
    }
    made = send(client, "tickets/create", body | {"priority": "priority", "metadata": {"os": "mac"}})
    assert made.status_code == 201
    with app.app_context():
        found = call("data_search_tickets", query="june invoice").data["tickets"][0]
        assert (found["number"], found["status"]) == (made.json["ticket"]["number"], "priority")
        assert found["user"]["email"] == "ana@example.com"
        assert "> June did not arrive." in call("data_get_ticket", ticket=str(found["number"])).text


def test_a_field_that_the_documentation_does_not_name_changes_nothing(app, client):
    body = {"email": "ana@example.com", "subject": "Invoice is missing", "message": "June did not arrive."}
    assert send(client, "tickets/create", body | {"let_ai_answer": True}).status_code == 201
    with app.app_context():
        assert only(Ticket).status == "open"
        assert only(TicketMessage).author == "end_user"


def test_tickets_count_up_and_find_their_person_again(app, client):
    numbers = [
        send(client, "tickets/create", {"email": "Ana@example.com", "subject": "One"}).json["ticket"]["number"],
        send(client, "tickets/create", {"email": "ana@EXAMPLE.com", "subject": "Two"}).json["ticket"]["number"],
    ]
    assert numbers[1] == numbers[0] + 1
    with app.app_context():
        assert only(EndUser).email == "ana@example.com"
        assert db.session.query(Ticket).count() == 2


def test_bulk_updates_touch_no_time_of_activity(app, client):
    with app.app_context():
        seen = an_end_user(external_id="1", last_seen=days_ago(9)).last_seen
    users = [{"user_id": "1", "traits": {"plan": "pro"}}, {"user_id": "2", "traits": {"plan": "pro"}}]
    body = {"token": an_update_token(), "update_only": True, "users": users}
    assert send(client, "users/update", body).json == {"success": True, "updated": 1, "created": 0, "skipped": ["2"]}
    with app.app_context():
        assert (only(EndUser).plan, only(EndUser).last_seen) == ("pro", seen)
    told = send(client, "users/update", body | {"update_only": False}).json
    assert (told["updated"], told["created"], told["skipped"]) == (1, 1, [])


@pytest.mark.parametrize("token", [None, "nonsense", a_user_token("1")])
def test_bulk_updates_need_their_own_token(client, token):
    answer = send(client, "users/update", {"token": token, "users": [{"user_id": "1"}]})
    assert (answer.status_code, answer.json["error"]) == (403, "identity_invalid")


def test_each_key_writes_into_its_own_workspace(app, client):
    send(client, "users/identify", {"user_id": "42", "traits": {"name": "Ana"}})
    send(client, "users/identify", {"user_id": "42", "traits": {"name": "Umbra's"}}, key=OTHER_KEY)
    with app.app_context():
        assert call("data_find_user", external_id="42").data["user"]["name"] == "Ana"
        assert db.session.query(EndUser).count() == 2


def test_where_identity_is_demanded_a_user_needs_a_token(app, client):
    with app.app_context():
        demand_identity()
        a_company("Known", external_id="acme")
    body = {"user_id": "42", "traits": {"name": "Ana", "plan": "forged"}}
    assert send(client, "users/identify", body).status_code == 403
    for token in (a_user_token("43"), a_user_token("42", "another_secret_0123456789abcdef"), a_user_token("42", exp=1)):
        assert send(client, "users/identify", body | {"user_token": token}).json["error"] == "identity_invalid"
    good = a_user_token("42", plan="pro", company_id="acme")
    assert send(client, "users/identify", body | {"user_token": good}).status_code == 200
    with app.app_context():
        user = only(EndUser)
        assert (user.plan, user.company_id) == ("pro", only(Company).id)


def test_where_identity_is_demanded_the_other_doors_ask_too(app, client):
    with app.app_context():
        demand_identity()
        an_end_user(email="ana@example.com", external_id="42")
    for path, body in (
        ("companies/identify", {"company_id": "acme"}),
        ("companies/identify", {"company_id": "acme", "user_id": "42"}),
        ("events", {"user_id": "42", "events": [{"event_type": "x"}]}),
        ("tickets/create", {"user_id": "42", "subject": "x"}),
        ("tickets/create", {"email": "ana@example.com", "subject": "x"}),
    ):
        assert send(client, path, body).status_code == 403, path
    assert send(client, "events", {"events": [{"event_type": "x"}]}).status_code == 200
    assert send(client, "tickets/create", {"email": "new@example.com", "subject": "x"}).status_code == 201


def test_the_configuration_needs_no_key_and_holds_no_secret(app, client):
    with app.app_context():
        workspace = cast.workspace()
        identity, key = workspace.id, workspace.widget_key
    answer = client.get(f"/api/sdk/config?org_id={identity}")
    assert answer.json["organization"]["name"] == "Acme"
    assert key not in answer.text
    assert client.get("/api/sdk/config").json["field"] == "org_id"
    assert client.get("/api/sdk/config?org_id=nobody").status_code == 404
