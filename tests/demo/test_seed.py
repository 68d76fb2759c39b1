"""The demo: believable, the same every time, refused in production, and Umbra's is easily told from Acme's."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import func, select

from halo import demo
from halo.contacts.models import (
    Company,
    Conversation,
    ConversationMessage,
    EndUser,
    Lead,
    SdkEvent,
    Ticket,
    TicketMessage,
)
from halo.demo import connections, past
from halo.demo.seed import ACME, MARK
from halo.demo.world import World
from halo.ground import settings
from halo.ground.database import db, now, one_change
from halo.ground.errors import HaloError
from halo.ledger import changes
from halo.ledger.models import Change
from halo.oauth.models import Grant
from halo.workspaces.models import Membership
from tests import cast, factories
from tests.contacts.calls import NAMES, call


def count(model, workspace=None):
    query = select(func.count()).select_from(model)
    return db.session.scalar(query.where(model.workspace_id == workspace.id) if workspace else query)


@pytest.fixture
def planted(app):
    with app.app_context():
        demo.seed_small()
        yield app


def test_a_question_about_a_customer_finds_its_story(planted):
    told = call("data_search_transcripts", company="Acme Robotics", query="onboarding kickoff", since="200d")
    assert "Maria Lindqvist" in told.text
    who = call("data_find_user", name="Tom Okafor")
    assert "Brightwater Logistics" in who.text
    assert "(set to cancel)" in who.text
    assert who.data["user"]["open_tickets"] == 2
    assert "EXP-214" in call("data_search_tickets", company="Ember Studios", is_open=True).text
    assert "clear the cache" in call("data_list_negative_feedback", company="Ember Studios").text


def test_nothing_of_umbra_shows_in_acme_and_the_other_way_round(planted):
    stranger = factories.a_caller(person=cast.STRANGER, workspace=cast.UMBRA)
    for name in NAMES:
        if name.startswith(("data_search", "data_list")):
            assert MARK not in call(name, limit=50).text.lower(), name
            assert MARK in call(name, stranger, limit=50).text.lower() or name == "data_list_negative_feedback"
            assert "Acme Robotics" not in call(name, stranger, limit=50).text


def test_planting_twice_changes_nothing(planted):
    before = count(Company)
    report = demo.seed()
    assert (report.rows, count(Company)) == (0, before)
    assert "planted already" in report.sentence


def test_nothing_lies_in_the_future_and_threads_are_in_order(planted):
    assert db.session.scalar(select(func.max(ConversationMessage.sent_at))) <= now()
    assert db.session.scalar(select(func.max(Ticket.updated_at))) <= now()
    assert db.session.scalar(select(func.count()).where(Ticket.resolved_at < Ticket.created_at)) == 0
    assert db.session.scalar(select(func.count()).where(EndUser.last_seen < EndUser.first_seen)) == 0
    for model, parent in (
        (TicketMessage, TicketMessage.ticket_id),
        (ConversationMessage, ConversationMessage.conversation_id),
    ):
        by_thread = {}
        for identity, sent_at in db.session.execute(select(parent, model.sent_at).order_by(model.position)):
            assert by_thread.get(identity, sent_at) <= sent_at
            by_thread[identity] = sent_at


def test_counts_that_are_stored_agree_with_the_rows(planted):
    for ticket in db.session.scalars(select(Ticket)):
        held = db.session.scalar(select(func.count()).where(TicketMessage.ticket_id == ticket.id))
        assert ticket.message_count == held
    for conversation in db.session.scalars(select(Conversation)):
        rated = select(func.count()).where(
            ConversationMessage.conversation_id == conversation.id, ConversationMessage.rating == "down"
        )
        assert conversation.thumbs_down == db.session.scalar(rated)


def test_the_same_midnight_makes_the_same_rows():
    from halo.demo import customers
    from halo.demo.world import Sizes

    midnight = now()
    first, second = World("x", midnight, "w"), World("x", midnight, "w")
    for world in (first, second):
        customers.make(world, Sizes(3, 6, 2, 0, 0, 0))
    assert first.rows == second.rows


def test_a_production_instance_refuses(make_app):
    app = make_app(environment="production", base_url="https://halo.test")
    with app.app_context():
        with pytest.raises(HaloError, match="production"):
            demo.seed()
        assert settings.current().production


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_the_command_plants_and_says_so(app):
    told = app.test_cli_runner().invoke(args=["seed", "--scale", "0.02"])
    assert told.exit_code == 0, told.output
    assert told.output.startswith("Planted the demo:")
    assert app.test_cli_runner().invoke(args=["seed", "--scale", "-1"]).exit_code == 1


def test_a_size_that_cannot_be_had_any_more_is_said_and_is_no_success(planted):
    again = planted.test_cli_runner().invoke(args=["seed"])
    assert (again.exit_code, "planted already" in again.output) == (0, True)
    larger = planted.test_cli_runner().invoke(args=["seed", "--scale", "5"])
    assert (larger.exit_code, "nothing was changed" in larger.output) == (1, True)


def test_the_whole_demo_is_planted_with_the_promised_size(app):
    with app.app_context():
        began = time.process_time()
        demo.seed()
        assert time.process_time() - began < 15
        acme = cast.workspace()
        for model, size in zip(
            (Company, EndUser, Lead, Ticket, Conversation, SdkEvent), vars(ACME).values(), strict=True
        ):
            assert size <= count(model, acme) <= size + 10, model
        assert call("data_search_tickets", query="salesforce sync", limit=1).data["total"] > 50


def test_nobody_acts_before_they_joined(app):
    with app.app_context():
        moment, viewer = now(), cast.person(cast.VIEWER)
        with one_change():
            subject = ("person", viewer.id, viewer.email)
            changes.record("member.added", workspace_id=cast.workspace().id, principal=None, subject=subject)
        past.set_back(moment)
        connections.plant(cast.workspace().id, demo.cast.people_ids(), moment)
        joined = dict(db.session.execute(select(Membership.person_id, Membership.created_at)).all())
        assert all(grant.created_at > joined[grant.person_id] for grant in db.session.scalars(select(Grant)))
        theirs = [
            change
            for change in db.session.scalars(select(Change).order_by(Change.id))
            if viewer.id in (change.subject_id, change.person_id)
        ]
        assert theirs[0].event == "member.added" and theirs[0].at == joined[viewer.id]
        assert theirs == sorted(theirs, key=lambda change: change.at)
