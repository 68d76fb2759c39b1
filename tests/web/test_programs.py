"""Doors for programs: one token with the right permission, or one signature, and nothing else opens them."""

from __future__ import annotations

import datetime
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import pytest
from flask import Blueprint, Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from halo import web
from halo.apps import personal
from halo.ground import limits
from halo.ground.database import db, now, one_change
from halo.ground.errors import Denied, Mistake, NotFound, Reason, UpstreamFailed
from halo.ground.permissions import Permission
from halo.ledger import changes
from halo.ledger.models import Change
from halo.oauth import grants
from halo.oauth.models import Grant, Token
from halo.web import API, SIGNED, door, programs
from halo.web.programs import Delivery
from halo.workspaces.models import Membership, Workspace
from tests import cast
from tests.cast import OWNER, SUPPORT, VIEWER
from tests.external.scripts import lend
from tests.factories import a_token
from tests.support.browser import Browser

VIEW, MANAGE = Permission.INTEGRATIONS_VIEW, Permission.INTEGRATIONS_MANAGE
SECRET = b"what the sender and we know"
EVENT = "workspace.updated"
MakeApp = Callable[..., Flask]


def verified(delivery: Delivery) -> str:
    sent = delivery.headers.get("X-Signature", "")
    if not sent.isascii():
        raise Mistake("X-Signature", "The signature is written in hex.")
    if not programs.is_signed(SECRET, delivery.body, sent):
        raise Denied(Reason.signature_invalid)
    return f"for {delivery.address['name']}"


def doors() -> Blueprint:
    """What the slices to come will have: a list, a change, a failure of each kind, a webhook."""
    blueprint = Blueprint("fixture", __name__)

    @blueprint.get("/api/fixture/things")
    @door(API(VIEW))
    def things() -> Any:
        return {"workspace": web.principal().workspace_slug}

    @blueprint.post("/api/fixture/things")
    @door(API(MANAGE))
    def change() -> Any:
        principal = web.principal()
        with one_change():
            where = principal.workspace_id
            changes.record(EVENT, workspace_id=where, principal=principal, subject=("thing", "1", "It"))
        return {}, 201

    @blueprint.get("/api/fixture/fails/<kind>")
    @door(API(VIEW))
    def fails(kind: str) -> Any:
        raise {
            "mistake": Mistake("slug", "slug: is taken."),
            "absent": NotFound("server"),
            "upstream": UpstreamFailed("tls", "Its certificate is not valid."),
            "crash": ZeroDivisionError("what nobody may read"),
        }[kind]

    @blueprint.post("/api/fixture/hooks/<name>")
    @door(SIGNED(verified))
    def hook(name: str) -> Any:
        return {"got": web.delivery().body.decode(), "whose": web.signed_for()}

    return blueprint


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    app = make_app()
    app.register_blueprint(doors())
    return app


def ask(app: Flask, token: str | None, path: str = "things", method: str = "GET", **headers: str) -> TestResponse:
    sent = {**({"Authorization": f"Bearer {token}"} if token else {}), **headers}
    return app.test_client().open(f"/api/fixture/{path}", method=method, headers=sent)


def told(answer: TestResponse) -> tuple[int, str]:
    assert set(answer.json) == {"error", "message", "details"}, answer.json
    return answer.status_code, answer.json["error"]


def test_a_token_opens_what_it_was_lent_in_its_own_workspace(app: Flask) -> None:
    with app.app_context():
        ours, theirs = lend(VIEW), lend(VIEW, person=cast.STRANGER, workspace=cast.UMBRA)
        manages = lend(MANAGE)
    assert ask(app, ours).json == {"workspace": cast.ACME}
    assert ask(app, theirs).json == {"workspace": cast.UMBRA}
    assert ask(app, manages).status_code == 200, "the higher level includes the lower"
    refused = ask(app, ours, method="POST")
    assert told(refused) == (403, "permission_missing")
    assert refused.json["message"] == "This token does not hold integrations:manage."
    assert refused.json["details"] == {"permission": "integrations:manage"}
    assert "Access-Control-Allow-Origin" not in ask(app, ours).headers
    assert ask(app, ours).headers["Cache-Control"] == "no-store"


def test_only_its_own_kind_of_credential_opens_the_door(app: Flask, browser: Browser) -> None:
    with app.app_context():
        client = a_token("docs:read setup:read data:read")
        bare = personal.create(
            "No API", words=["docs:read"], days=30, principal=None, workspace_id=cast.workspace().id,
            person_id=cast.person(OWNER).id, settings=web.settings(),
        )[1]  # fmt: skip
    browser.sign_in(OWNER)
    cookie = browser.client.get("/api/fixture/things")
    assert told(cookie) == (401, "credential_missing")
    assert cookie.headers["WWW-Authenticate"].startswith("Bearer")
    for token in (client, "halo_at_guess", "x" * 300):
        assert told(ask(app, token)) == (401, "credential_unknown")
    assert told(ask(app, bare)) == (403, "permission_missing")
    assert ask(app, client, method="OPTIONS").headers.get("Access-Control-Allow-Origin") is None


@pytest.mark.parametrize(
    ("what", "answer"),
    [
        ("revoked", (401, "credential_revoked")),
        ("expired", (401, "credential_expired")),
        ("paused", (403, "grant_paused")),
        ("left", (403, "person_inactive")),
        ("demoted", (403, "permission_missing")),
        ("two-factor", (403, "two_factor_missing")),
    ],
)
def test_what_ends_a_token_is_in_force_on_the_next_request(app: Flask, what: str, answer: tuple[int, str]) -> None:
    with app.app_context():
        token = lend(VIEW, person=SUPPORT)
        assert ask(app, token).status_code == 200
        with one_change() as rows:
            grant = rows.scalars(select(Grant).where(Grant.kind == "personal")).one()
            whose = Membership.person_id == grant.person_id
            if what == "revoked":
                grants.end(grant, "revoked", principal=None)
            elif what == "expired":
                rows.execute(update(Token).values(expires_at=now() - datetime.timedelta(seconds=1)))
            elif what == "paused":
                grant.paused_at = now()
            elif what == "left":
                rows.delete(rows.scalars(select(Membership).where(whose)).one())
            elif what == "demoted":
                rows.execute(update(Membership).where(whose).values(permissions=["inbox:view"]))
            else:
                rows.execute(update(Workspace).values(two_factor_required=True))
    assert told(ask(app, token)) == answer


def test_a_change_says_which_token_made_it(app: Flask) -> None:
    with app.app_context():
        assert ask(app, lend(MANAGE), method="POST").status_code == 201
        row = db.session.scalars(select(Change).where(Change.event == EVENT)).one()
        assert row.by == f"{OWNER}, token Nightly script"
        assert row.person_id == cast.person(OWNER).id
        made = db.session.scalars(select(Change).where(Change.event == "token.created")).one()
        assert made.after["permissions"] == "integrations:manage"


@pytest.mark.parametrize(
    ("kind", "status", "error", "details"),
    [
        ("mistake", 422, "invalid", {"field": "slug"}),
        ("absent", 404, "not_found", {}),
        ("upstream", 502, "upstream_failed", {"stage": "tls"}),
        ("crash", 500, "failed", {}),
    ],
)
def test_a_failure_is_json_whose_words_are_ours(
    app: Flask, kind: str, status: int, error: str, details: dict[str, str]
) -> None:
    with app.app_context():
        answer = ask(app, lend(VIEW), f"fails/{kind}")
    assert told(answer) == (status, error)
    assert answer.json["details"] == details
    assert "nobody" not in answer.text


def test_a_token_that_asks_too_often_is_told_when_to_come_back(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "API_PER_SCRIPT", "2 per minute")
    monkeypatch.setattr(limits, "API_MISTAKES_PER_ADDRESS", "2 per minute")
    with app.app_context():
        token, other = lend(VIEW), lend(VIEW)
    assert [ask(app, token).status_code for _ in range(3)] == [200, 200, 429]
    assert 1 <= int(ask(app, token).headers["Retry-After"]) <= 60
    assert ask(app, other).status_code == 200
    assert [ask(app, "halo_at_guess").status_code for _ in range(3)] == [401, 401, 429]
    assert ask(app, other).status_code == 200, "mistakes cost those who hold a token nothing"


@pytest.mark.parametrize(
    ("words", "given", "says"),
    [
        ((Permission.TEAM_MANAGE,), {}, "no permission 'team:manage'"),
        (("integrations:delete",), {}, "no permission 'integrations:delete'"),
        ((MANAGE,), {"person": VIEWER}, "is not held here"),
        ((VIEW,), {"customer": "anybody@acme.test"}, "A token for one customer"),
        ((), {}, "Choose at least one"),
    ],
)
def test_a_token_is_lent_only_what_a_door_asks_for_and_its_person_holds(
    app: Flask, words: tuple[Permission | str, ...], given: dict[str, str], says: str
) -> None:
    with app.app_context(), pytest.raises(Mistake, match=says):
        lend(*words, **given)


def test_no_client_can_be_granted_such_a_word() -> None:
    from halo.ground import scopes

    assert not [it for it in Permission if scopes.is_known(it.value)]


def test_the_page_offers_what_some_door_asks_for(app: Flask, browser: Browser) -> None:
    browser.sign_in(OWNER).get("/dashboard/apps/tokens")
    assert "integrations:manage" in browser.page.text
    browser.submit("token-form", name="For the API", permission="integrations:view")
    assert "The token For the API is ready." in browser.page.text
    with app.app_context():
        grant = db.session.scalars(select(Grant).where(Grant.name == "For the API")).one()
        assert (grant.permissions, grant.scopes) == (["integrations:view"], "")


def test_where_no_door_asks_for_one_none_is_offered(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app()
    monkeypatch.setattr(web, "lendable", frozenset)
    browser = Browser(app)
    browser.sign_in(OWNER).get("/dashboard/apps/tokens")
    assert not browser.page.all(id="field-permissions")
    with app.app_context(), pytest.raises(Mistake, match="there is no API here"):
        lend(VIEW)


def test_what_the_doors_of_this_halo_ask_for_is_offered(make_app: MakeApp) -> None:
    with make_app().app_context():
        assert web.lendable() == {Permission.INTEGRATIONS_VIEW, Permission.INTEGRATIONS_MANAGE}


def test_the_command_line_makes_the_same_token(app: Flask) -> None:
    said = app.test_cli_runner().invoke(
        args=["token", "create", "--workspace", cast.ACME, "--person", OWNER, "--permissions", "integrations:view"]
    )
    assert said.exit_code == 0, said.output
    assert ask(app, said.output.strip()).status_code == 200
    listed = app.test_cli_runner().invoke(args=["token", "list", "--workspace", cast.ACME])
    assert "integrations:view" in listed.output


def deliver(app: Flask, body: bytes, signature: str | None = None) -> TestResponse:
    sent = {} if signature is None else {"X-Signature": signature}
    return app.test_client().post("/api/fixture/hooks/acme", data=body, headers=sent)


def signature(body: bytes) -> str:
    return hmac.new(SECRET, body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("body", [b'{"a" :  1}', b"", b"\xff\x00 no text"[:0] + b"a=1&b=2", "ä\n".encode()])
def test_a_delivery_is_taken_as_it_came(app: Flask, body: bytes) -> None:
    answer = deliver(app, body, signature(body))
    assert answer.json == {"got": body.decode(), "whose": "for acme"}


def test_a_delivery_that_is_not_signed_so_is_refused_in_json(app: Flask) -> None:
    body = b'{"a": 1}'
    for wrong in (None, "", signature(body + b" "), signature(body)[:-1], "0" * 64):
        assert told(deliver(app, body, wrong)) == (401, "signature_invalid")
    unreadable = deliver(app, body, "\xe4" * 64)
    assert told(unreadable) == (400, "invalid")
    assert unreadable.json["details"] == {"field": "X-Signature"}
    large = deliver(app, b"x" * (limits.BODY_BYTES + 1), "0" * 64)
    assert told(large) == (413, "too_large")
