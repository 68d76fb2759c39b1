"""See what it sees: one read tool as this person, redacted; and the risk, which follows the ticks."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from halo.consent import samples
from halo.contacts.models import EndUser
from halo.ground import limits
from halo.ground.database import db, one_change
from halo.ledger.models import ActionExecution
from tests import cast
from tests.oauth.flow import a_client, signed_in

PREVIEW = "/mcp/authorize/preview"
one_database = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


@pytest.fixture
def carla(app: Flask) -> None:
    """A customer of Acme, and one of Umbra."""
    with app.app_context(), one_change() as session:
        for slug, name, email in (
            (cast.ACME, "Carla Customer", "carla.customer@shop.test"),
            (cast.UMBRA, "Ulf Other", "ulf@other.test"),
        ):
            session.add(EndUser(workspace_id=cast.workspace(slug).id, email=email, name=name, phone="+43 660 1234567"))


def calls(app: Flask) -> list[ActionExecution]:
    with app.app_context():
        return list(db.session.scalars(select(ActionExecution).order_by(ActionExecution.id)))


@pytest.mark.usefixtures("carla")
def test_a_sample_shows_a_record_of_ones_own_workspace_with_nobody_to_be_recognised(app: Flask) -> None:
    browser = signed_in(app)
    a_client(app).consent_page(browser, scope="docs:read data:read")
    form = browser.page.values(browser.page.form("consent")) | {"scope": ["data:read"], "sample": "data:read"}
    page = browser.post(PREVIEW, form)
    shown = " ".join(page.one(id="sample-data-read").itertext())
    assert "c•••@shop.test" in shown
    assert "C••• C•••" in shown
    for secret in ("Carla", "carla", "Customer", "1234567", "Ulf", "other.test"):
        assert secret not in shown
    assert [(row.caller, row.tool, row.outcome) for row in calls(app)] == [("dashboard", "data_search_users", "ok")]
    ticked = [it.get("value") for it in page.fields("scope") if it.get("checked") is not None]
    assert ticked == ["data:read"]
    browser.submit("consent", status=303, press="allow")


def test_a_sample_of_nothing_says_so(app: Flask) -> None:
    browser = signed_in(app)
    a_client(app).consent_page(browser)
    page = browser.post(PREVIEW, browser.page.values(browser.page.form("consent")) | {"sample": "data:read"})
    assert "no record yet" in " ".join(page.one(id="sample-data-read").itertext())


@one_database
def test_only_what_this_request_offers_to_this_person_is_sampled(app: Flask) -> None:
    viewer = signed_in(app)
    a_client(app).consent_page(viewer, scope="docs:read")
    form = viewer.page.values(viewer.page.form("consent"))
    for wish in ("data:read", "actions:*", "nothing", "setup:read"):
        viewer.post(PREVIEW, form | {"sample": wish})
    viewer.post(PREVIEW, form | {"sample": "docs:read", "workspace": "umbra"})
    assert calls(app) == []
    viewer.post(PREVIEW, form | {"request": "nothing", "sample": "docs:read"}, status=404)
    response = viewer.client.post(PREVIEW, data={name: it for name, it in form.items() if name != "csrf_token"})
    assert response.status_code == 403


@one_database
def test_an_answered_request_gives_no_samples(app: Flask) -> None:
    browser = signed_in(app)
    a_client(app).consent_page(browser)
    form = browser.page.values(browser.page.form("consent"))
    browser.submit("consent", status=303, press="allow")
    browser.post(PREVIEW, form | {"sample": "docs:read"}, status=410)
    assert calls(app) == []


@one_database
def test_samples_are_limited_for_each_person(app: Flask) -> None:
    browser, other = signed_in(app), signed_in(app, cast.ADMIN)
    for each in (browser, other):
        a_client(app).consent_page(each, scope="docs:read")
    form = browser.page.values(browser.page.form("consent")) | {"sample": "docs:read"}
    for _ in range(int(limits.SAMPLES_PER_PERSON.split()[0])):
        assert "many samples" not in browser.htmx("POST", PREVIEW, form).text
    assert "many samples" in browser.htmx("POST", PREVIEW, form).text
    theirs = other.page.values(other.page.form("consent")) | {"sample": "docs:read"}
    assert "many samples" not in other.htmx("POST", PREVIEW, theirs).text


@pytest.mark.usefixtures("carla")
@one_database
def test_htmx_gets_the_part_that_the_page_shows(app: Flask) -> None:
    browser = signed_in(app)
    a_client(app).consent_page(browser)
    form = browser.page.values(browser.page.form("consent"))
    part = browser.htmx("POST", PREVIEW, form | {"sample": "data:read"}).text
    assert part.lstrip().startswith('<div class="sample sample-filled" id="sample-data-read"')
    page = browser.post(PREVIEW, form | {"sample": "data:read"})
    assert "".join(part.split()) in "".join(page.html.split())


@one_database
def test_the_risk_follows_the_ticks(app: Flask) -> None:
    browser = signed_in(app)
    a_client(app).consent_page(browser, scope="docs:read data:read")
    form = browser.page.values(browser.page.form("consent"))
    for ticked, says in (
        (["docs:read"], "Reads documentation and setup help only"),
        (["data:read"], "Reads customer data, changes nothing"),
        ([], "Nothing is allowed yet"),
    ):
        part = browser.htmx("POST", PREVIEW, form | {"scope": ticked}).text
        assert says in part
        assert part.lstrip().startswith('<div id="risk"')
    bound = browser.htmx("POST", PREVIEW, form | {"scope": ["data:read"], "customer": "carla@shop.test"}).text
    assert "one customer" in bound


@one_database
def test_every_sample_calls_a_tool_that_changes_nothing_with_the_scope_it_shows(app: Flask) -> None:
    from halo import tool

    for scope, (name, arguments) in samples.CALLS.items():
        wanted = tool.find(name)
        assert wanted, name
        assert wanted.read_only
        assert wanted.scope == scope
        wanted.parse(arguments)
