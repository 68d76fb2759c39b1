"""A caller who is bound to one customer sees nothing of anybody else, whatever tool it asks."""

from __future__ import annotations

import pytest

from halo import demo, tool
from halo.contacts.models import Conversation, EndUser, SearchText, Ticket
from halo.contacts.models.shared import Record
from halo.contacts.records import visible
from halo.contacts.vocabulary import TicketStatus
from halo.ground.database import db
from tests.contacts.calls import NAMES, bound_to, call
from tests.contacts.rows import a_conversation, a_ticket, an_end_user
from tests.factories import a_caller

READABLE = set(Record.__subclasses__()) - {SearchText}


@pytest.fixture
def planted(app):
    with app.app_context():
        demo.seed_small()
        yield


def somebody(name: str) -> EndUser:
    return db.session.query(EndUser).filter_by(name=name).one()


def everything(told) -> str:
    return f"{told.text} {told.data}"


def test_no_tool_says_anything_of_another_customer(planted):
    dana = somebody("Dana Whitfield")
    caller = bound_to(dana)
    strangers = [user for user in db.session.query(EndUser) if user.id != dana.id]
    foreign = {user.id for user in strangers} | {user.email for user in strangers}
    foreign |= {
        row.id
        for model in (Ticket, Conversation)
        for row in db.session.query(model)
        if row.end_user_id not in (dana.id, None)
    }
    ways = {"data_get_ticket": "ticket", "data_get_transcript": "id"}
    for name in sorted(set(NAMES) - {"data_search_leads"}):
        if name in ways:
            answers = [call(name, caller, **{ways[name]: identity}) for identity in sorted(foreign)[:60]]
        else:
            answers = [call(name, caller, **({} if "find" in name else {"limit": 50}))]
        for told in answers:
            shown = everything(told) if not told.is_error else ""
            assert not [mark for mark in foreign if mark in shown], name


def test_nothing_of_another_customer_is_counted(planted):
    dana = somebody("Dana Whitfield")
    colleague, ownerless = {"end_user_id": an_end_user(company_id=dana.company_id).id}, {"end_user_id": None}
    for number, owner in enumerate((colleague, ownerless), 900_000):
        a_ticket(company_id=dana.company_id, number=number, **owner)
        a_conversation(company_id=dana.company_id, **owner)
    owners = (dana.id, None)
    mine = [row for row in db.session.query(Ticket).filter_by(company_id=dana.company_id) if row.end_user_id in owners]
    talks = db.session.query(Conversation).filter_by(company_id=dana.company_id)
    unresolved = [row for row in mine if row.status in TicketStatus.unresolved()]
    told = call("data_find_company", bound_to(dana)).data["company"]
    assert told["tickets"] == len(mine) >= 1
    assert told["open_tickets"] == len(unresolved) >= 1
    assert told["conversations"] == len([row for row in talks if row.end_user_id in owners]) >= 1
    assert told["team_size"] == 1
    [listed] = call("data_search_companies", bound_to(dana)).data["companies"]
    assert (listed["team_size"], listed["open_tickets"]) == (1, len(unresolved))
    whole = call("data_find_company", a_caller(), id=dana.company_id).data["company"]
    assert whole["team_size"] > 1
    assert whole["tickets"] > told["tickets"] and whole["conversations"] > told["conversations"]


def test_the_own_records_are_all_there(planted):
    dana = somebody("Dana Whitfield")
    caller = bound_to(dana)
    own = db.session.query(Conversation).filter_by(end_user_id=dana.id).count()
    assert call("data_search_transcripts", caller).data["total"] == own >= 3
    assert "Maria" in call("data_search_transcripts", caller, query="kickoff").text


def test_a_binding_to_somebody_who_is_gone_shows_nothing(planted):
    caller = bound_to(an_end_user())
    object.__setattr__(caller.customer, "end_user_id", "01900000-0000-7000-8000-000000000000")
    for name in sorted(set(NAMES) - {"data_search_leads", "data_get_ticket", "data_get_transcript"}):
        told = call(name, caller)
        assert told.is_error or told.data["total"] == 0


@pytest.mark.parametrize("model", sorted(READABLE, key=lambda model: model.__name__))
def test_every_table_says_what_a_bound_caller_sees(model):
    workspace, *customer = visible.conditions(model, bound=True)
    assert "workspace_id" in str(workspace)
    assert len(customer) == 1


def test_a_new_table_must_say_so_first():
    class Unheard:
        workspace_id = Ticket.workspace_id

    with pytest.raises(TypeError, match="say here what"):
        visible.conditions(Unheard, bound=True)


def test_tools_that_name_a_customer_hide_it_from_bound_callers():
    assert set(tool.find("data_find_user").bound_schema["properties"]) == {"name"}
    for name in ("data_search_tickets", "data_search_transcripts", "data_list_negative_feedback"):
        assert "user" not in tool.find(name).bound_schema["properties"]
