"""Which applications a workspace lets connect: asked at consent and below every door; what goes on already goes on."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from halo.apps import personal
from halo.ground.database import db, one_change
from halo.ground.errors import Denied, Reason
from halo.ground.principal import Member
from halo.ground.settings import Settings
from halo.ledger.models import Change
from halo.oauth import admission, clients, grants
from halo.oauth.admission import Admission, Admits
from halo.oauth.models import OAuthClient
from halo.workspaces import members
from tests import cast
from tests.oauth.flow import TOKEN, a_client, is_good, signed_in

CLAUDE = "https://claude.ai/api/mcp/auth_callback"
ELSEWHERE = "https://apps.example/callback"
CLOSED = Admission(cimd=Admits.OFF, dcr=Admits.OFF)
KNOWN = Admission(cimd=Admits.KNOWN, dcr=Admits.KNOWN)


def member(email: str = cast.ADMIN) -> Member:
    person, workspace = cast.person(email), cast.workspace()
    held = members.held(members.get(workspace.id, person.id))
    return Member(person.id, person.name, email, False, "", workspace.id, workspace.slug, workspace.name, None, held)


def decided(app: Flask, policy: Admission) -> None:
    with app.app_context():
        admission.change(policy, principal=member())


def row_of(client_id: str) -> OAuthClient:
    found = clients.find(client_id)
    assert found is not None
    return found


def registered(*uris: str, kind: str = "dcr", client_id: str = "halo_client_x") -> OAuthClient:
    return OAuthClient(client_id=client_id, kind=kind, name="An app", redirect_uris=list(uris))


def test_without_a_decision_any_valid_app_is_let_in(app: Flask) -> None:
    with app.app_context():
        assert admission.policy_of(cast.workspace().id) == Admission(Admits.ANY, Admits.ANY)
    assert is_good(app, a_client(app).connect(signed_in(app))["access_token"])


def test_an_app_that_is_not_admitted_gets_no_grant_from_consent(app: Flask) -> None:
    decided(app, CLOSED)
    client, browser = a_client(app), signed_in(app)
    name = client.ask(browser).headers["Location"].partition("request=")[2]
    asked = {"request": name, "decision": "allow", "scope": "docs:read", "workspace": "acme", "duration": ""}
    browser.post("/api/mcp/oauth/consent", asked, status=422)
    assert Reason.client_not_admitted.sentence in browser.page.text
    assert Reason.client_not_admitted.lifted_by in browser.page.text


def test_below_the_page_no_grant_is_made_either(app: Flask) -> None:
    client = a_client(app)
    decided(app, CLOSED)
    with app.app_context(), pytest.raises(Denied) as refused, one_change():
        grants.approve(
            row_of(client.client_id), workspace_id=cast.workspace().id, scopes="docs:read", known_tools={},
            left_out=[], resource="r", redirect_uri=client.redirect_uri, days=None, end_user_id=None,
            principal=member(),
        )  # fmt: skip
    assert refused.value.reason is Reason.client_not_admitted


def test_a_code_of_before_is_redeemed_for_nothing(app: Flask) -> None:
    client = a_client(app)
    given = client.consent(signed_in(app))
    decided(app, CLOSED)
    response = client.redeem(given["code"])
    assert response.status_code == 400
    assert response.get_json()["error"] == "invalid_grant"


def test_what_is_connected_goes_on_and_refreshes(app: Flask) -> None:
    client = a_client(app)
    said = client.connect(signed_in(app))
    decided(app, CLOSED)
    assert is_good(app, said["access_token"])
    assert is_good(app, client.refresh(said["refresh_token"]).get_json()["access_token"])


def test_a_personal_token_is_not_asked(app: Flask) -> None:
    decided(app, CLOSED)
    with app.app_context():
        who = member(cast.SUPPORT)
        settings: Settings = app.extensions["halo"]
        _, text = personal.create(
            "Nightly", words=["docs:read"], days=7, workspace_id=who.workspace_id or "", person_id=who.person_id,
            principal=who, settings=settings,
        )  # fmt: skip
    assert is_good(app, text)


def test_the_two_ways_of_registering_are_decided_separately(app: Flask) -> None:
    document = registered(kind="cimd", client_id="https://apps.example/client.json")
    itself = registered(ELSEWHERE)
    decided(app, Admission(cimd=Admits.ANY, dcr=Admits.OFF))
    with app.app_context():
        assert admission.refusal(document, cast.workspace().id) is None
        assert admission.refusal(itself, cast.workspace().id) is Reason.client_not_admitted
        assert admission.refusal(itself, cast.workspace(cast.UMBRA).id) is None


@pytest.mark.parametrize(
    ("uris", "is_known"),
    [
        ([CLAUDE], True),
        ([CLAUDE, "http://localhost:8787/callback"], True),
        ([ELSEWHERE], False),
        ([CLAUDE, ELSEWHERE], False),
        (["http://127.0.0.1:8765/callback"], False),
    ],
)
def test_known_is_who_is_answered_only_at_addresses_of_a_vendor(app: Flask, uris: list[str], is_known: bool) -> None:
    decided(app, KNOWN)
    with app.app_context():
        said = admission.refusal(registered(*uris), cast.workspace().id)
        assert (said is None) is is_known


def test_a_document_is_known_by_the_host_that_serves_it(app: Flask) -> None:
    decided(app, KNOWN)
    with app.app_context():
        theirs = registered(CLAUDE, kind="cimd", client_id="https://claude.ai/oauth/client.json")
        posing = registered(CLAUDE, kind="cimd", client_id="https://apps.example/client.json")
        assert admission.refusal(theirs, cast.workspace().id) is None
        assert admission.refusal(posing, cast.workspace().id) is Reason.client_not_admitted


def test_the_dry_run_names_who_would_be_kept_out_and_who_is_merely_seen(app: Flask) -> None:
    a_client(app, client_name="Notes").connect(signed_in(app))
    a_client(app, client_name="Claude", redirect_uris=[CLAUDE]).consent_page(signed_in(app))
    a_client(app, client_name="Passer-by").consent_page(signed_in(app, cast.SUPPORT))
    with app.app_context():
        told = {it.name: it for it in admission.dry_run(KNOWN, principal=member())}
    assert set(told) == {"Notes", "Claude", "Passer-by"}
    assert (told["Notes"].connections, told["Notes"].is_admitted) == (1, False)
    assert (told["Claude"].connections, told["Claude"].is_admitted) == (0, True)
    assert not told["Passer-by"].is_admitted
    with app.app_context():
        assert admission.policy_of(cast.workspace().id) == Admission(), "a dry run changes nothing"


def test_a_change_is_recorded_with_before_and_after_once(app: Flask) -> None:
    decided(app, KNOWN)
    decided(app, KNOWN)
    with app.app_context():
        rows = db.session.scalars(select(Change).where(Change.event == "admission.changed")).all()
        assert [(row.before, row.after) for row in rows] == [
            ({"cimd": "any", "dcr": "any"}, {"cimd": "known", "dcr": "known"})
        ]


def test_a_member_without_the_permission_decides_nothing(app: Flask) -> None:
    with app.app_context():
        for refused in (admission.change, admission.dry_run):
            with pytest.raises(Denied) as denied:
                refused(KNOWN, principal=member(cast.SUPPORT))
            assert denied.value.reason is Reason.permission_missing


def test_the_token_endpoint_still_says_what_a_client_understands(app: Flask) -> None:
    decided(app, CLOSED)
    response = a_client(app).send(TOKEN, {"grant_type": "authorization_code", "code": "halo_ac_x"})
    assert response.status_code == 400


def test_the_page_shows_what_a_choice_would_do_before_it_is_made(app: Flask) -> None:
    a_client(app, client_name="Notes").connect(signed_in(app))
    browser = signed_in(app, cast.ADMIN)
    assert "Would be kept out" not in browser.get("/dashboard/apps/admission").text
    page = browser.submit("policy-form", cimd="known", dcr="off")
    assert "Nothing is changed yet" in page.text
    assert "1 app would be kept out, of those" in page.text
    with app.app_context():
        assert admission.policy_of(cast.workspace().id) == Admission()
    browser.submit("decide")
    with app.app_context():
        assert admission.policy_of(cast.workspace().id) == Admission(Admits.KNOWN, Admits.OFF)
    signed_in(app, cast.SUPPORT).get("/dashboard/apps/admission", status=403)
    signed_in(app, cast.SUPPORT).post("/dashboard/apps/admission", {"cimd": "any", "dcr": "any"}, status=403)
