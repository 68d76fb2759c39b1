"""A second consent shows what changes; and a workspace that is not open to the application or the person says so."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from halo.actions.models import ActionSwitch
from halo.actions.vocabulary import EXTERNAL_CLIENTS
from halo.contacts.models import EndUser
from halo.ground.database import db, one_change
from halo.ground.permissions import Role
from halo.ledger import changes
from halo.oauth.models import Grant
from halo.workspaces import members
from tests import cast
from tests.consent.tools import integration_tools
from tests.oauth.flow import a_client, answer, signed_in
from tests.support.pages import Page

__all__ = ["integration_tools"]
one_database = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


def folded(page: Page) -> set[str]:
    """The scopes that stand folded away as unchanged."""
    return {str(box.get("value")) for part in page.all("details", id="unchanged") for box in part.iter("input")}


def test_only_the_differences_are_unfolded(app: Flask) -> None:
    client, browser = a_client(app), signed_in(app)
    client.consent_page(browser, scope="docs:read setup:read")
    browser.submit("consent", status=303, press="allow", scope=["docs:read", "setup:read"], duration="30")
    page = client.consent_page(browser, scope="docs:read data:read").page
    assert "What changes" in page.text
    assert folded(page) == {"docs:read"}
    ticked = {it.get("value") for it in page.fields("scope") if it.get("checked") is not None}
    assert ticked == {"docs:read"}
    assert "− Help set up the widget" in page.text
    assert "+ new" in page.text
    chosen = [it.get("value") for it in page.fields("duration") if it.get("checked") is not None]
    assert chosen == ["30"]
    browser.submit("consent", status=303, press="allow")
    assert client.redeem(answer(browser.response)["code"]).get_json()["scope"] == "docs:read"


@one_database
def test_where_nothing_changes_everything_is_folded(app: Flask) -> None:
    client, browser = a_client(app), signed_in(app)
    client.consent(browser)
    page = client.consent_page(browser).page
    assert folded(page) == {"docs:read", "data:read"}
    assert "asks for nothing else" in page.text
    browser.submit("consent", status=303, press="allow")
    assert client.redeem(answer(browser.response)["code"]).get_json()["scope"] == "docs:read data:read"


def test_who_was_bound_to_one_customer_stays_so_unless_the_person_says_otherwise(app: Flask) -> None:
    with app.app_context():
        workspace_id = cast.workspace().id
        with one_change() as session:
            session.add(EndUser(workspace_id=workspace_id, email="carla@shop.test", name="Carla", external_id="c-1"))
    client, browser = a_client(app), signed_in(app)
    client.consent(browser, fields={"customer": "c-1"})
    page = client.consent_page(browser).page
    assert page.fields("customer")[0].get("value") == "carla@shop.test"
    browser.submit("consent", status=303, press="allow")
    with app.app_context():
        assert all(grant.end_user_id for grant in db.session.scalars(select(Grant)))


@pytest.mark.usefixtures("integration_tools")
@one_database
def test_within_the_actions_what_was_left_out_is_marked_and_stays_out(app: Flask) -> None:
    client, browser = a_client(app), signed_in(app)
    client.consent_page(browser, scope="actions:crm:*")
    ticked = ["actions:crm:*", "actions:crm:note"]
    browser.submit("consent", status=303, press="allow", scope=ticked)
    page = client.consent_page(browser, scope="actions:crm:*").page
    assert "± in part" in page.text
    assert "+ create_deal" in page.text
    browser.submit("consent", status=303, press="allow")
    assert client.redeem(answer(browser.response)["code"]).get_json()["scope"] == "actions:crm:note"


@pytest.mark.usefixtures("integration_tools")
@one_database
def test_an_action_that_is_switched_off_is_greyed_with_who_can_lift_it(app: Flask) -> None:
    with app.app_context(), one_change() as session:
        workspace_id = cast.workspace().id
        session.add(ActionSwitch(
            workspace_id=workspace_id, holder=EXTERNAL_CLIENTS.key, action="crm_create_deal", is_on=False
        ))  # fmt: skip
        changes.raise_version(workspace_id)
    client, browser = a_client(app), signed_in(app)
    page = client.consent_page(browser, scope="actions:crm:*").page
    (box,) = [it for it in page.fields("scope") if it.get("value") == "actions:crm:create_deal"]
    assert box.get("disabled") is not None
    assert "This action is switched off. An admin, on AI Agents" in page.text
    wanted = ["actions:crm:*", "actions:crm:create_deal", "actions:crm:note"]
    browser.submit("consent", status=303, press="allow", scope=wanted)
    assert client.redeem(answer(browser.response)["code"]).get_json()["scope"] == "actions:crm:note"


def test_a_workspace_that_asks_for_two_factor_is_closed_to_who_has_none(app: Flask) -> None:
    with app.app_context():
        umbra, support = cast.workspace(cast.UMBRA), cast.person(cast.SUPPORT)
        members.add(umbra.id, support.id, Role.MEMBER, preset="viewer", principal=None)
        with one_change():
            db.session.merge(umbra).two_factor_required = True
    browser, client = signed_in(app, cast.SUPPORT, cast.ACME), a_client(app)
    page = client.consent_page(browser, scope="docs:read").page
    link = next(it for it in page.all("a", class_="chip") if "Umbra" in "".join(it.itertext()))
    page = browser.get(link.get("href") or "")
    assert "asks everybody for two-factor sign-in" in page.text
    assert "choose another workspace" in page.text
    assert not page.all("button", id="allow")
    form = page.values(page.form("consent")) | {"decision": "allow", "scope": ["docs:read"], "workspace": "umbra"}
    browser.post("/api/mcp/oauth/consent", form, status=422)
    with app.app_context():
        assert db.session.scalar(select(Grant)) is None
