"""Who Halo is at an authorization server: a client of one's own, or the one that our document describes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from halo.ground.database import db
from halo.ledger.models import Change
from halo.servers import clients
from halo.servers.models import Server
from tests.external.browsing import BEGIN, PAGE, asked, back, begun, kept
from tests.external.scripts import MANAGE, VIEW, Script, lend
from tests.servers.issuing import Issuing, issuing
from tests.servers.rows import shown, signed_in
from tests.support.browser import Browser


@pytest.mark.parametrize(
    ("method", "proves"), [("", "Basic"), ("client_secret_post", "posted"), ("client_secret_basic", "Basic")]
)
def test_a_client_that_a_person_has_is_used_and_its_secret_is_never_shown(
    owner: Browser, server: Server, issuer: Issuing, method: str, proves: str
) -> None:
    issuer.metadata["registration_endpoint"] = None
    page = owner.post(BEGIN, status=502)
    assert "enter a client id from its owner" in page.text
    given = {"client_id": "mine", "client_secret": "hush hush", "method": method}
    owner.client.post(f"{PAGE}/client", data=given | {"csrf_token": owner.csrf_token()})
    address = begun(owner)
    assert asked(address)["client_id"] == "mine"
    back(owner, issuer.allow(address))
    token = [each for each in issuer.server.asked if each.path == "/token"][-1]
    assert ("Authorization" in token.headers) == (proves == "Basic")
    assert ("client_secret" in token.body.decode()) == (proves == "posted")
    everything = f"{owner.page.html}{kept().client}{[row.after for row in db.session.scalars(select(Change))]}"
    assert "hush" not in everything
    held = clients.held_for(kept())
    assert held is not None and (held.issuer, held.secret) == (issuer.origin, "hush hush")


def test_a_client_keeps_its_secret_where_none_is_given_again_and_goes_where_none_is_named(
    owner: Browser, server: Server
) -> None:
    def enter(**given: str) -> Any:
        owner.client.post(f"{PAGE}/client", data=given | {"csrf_token": owner.csrf_token()})
        return clients.held_for(kept())

    assert enter(client_id="mine", client_secret="one").secret == "one"
    assert enter(client_id="mine", client_secret="", method="client_secret_post").secret == "one"
    assert enter(client_id="other", client_secret="").secret == ""
    assert enter(client_id="") is None
    events = list(db.session.scalars(select(Change.event).where(Change.subject_id == server.id)))
    assert events == ["server.client_set"] * 4


def test_a_program_gives_a_client_with_the_server_or_later_and_loses_no_sign_in_by_it(
    app: Flask, owner: Browser, server: Server, issuer: Issuing
) -> None:
    script = Script(app, lend(VIEW, MANAGE))
    signed_in(server, issuer)
    mine = {"client_id": "mine", "client_secret": "hush hush"}
    said = script.ask("PATCH", "/shop", {"credentials": mine})
    assert said.status_code == 200 and "hush" not in said.text
    assert shown(server) and asked(begun(owner))["client_id"] == "mine"
    given = {"slug": "second", "auth_method": "oauth2", "credentials": {"client_id": "theirs"}}
    assert script.connect(server.url, **given).status_code == 201
    held = clients.held_for(db.session.scalars(select(Server).where(Server.slug == "second")).one())
    assert held is not None and (held.client_id, held.kind) == ("theirs", "typed")
    for wrong in ({"client_secret": "s"}, {"client_id": 7}, {"client_id": "é"}, {"client": "a"}):
        said = script.ask("PATCH", "/shop", {"credentials": wrong})
        assert (said.status_code, said.json["details"]["field"]) == (422, "credentials"), wrong


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"client_id": "a\nb"}, "client_id is one line"),
        ({"client_id": "a", "client_secret": "é"}, "client_secret is one line"),
        ({"client_id": "", "client_secret": "b"}, "goes with a client id"),
        ({"client_id": "a", "method": "private_key_jwt"}, "client_secret_basic"),
        ({"client_id": "a" * 5000}, "at most 4,096"),
    ],
)
def test_a_client_that_cannot_be_is_refused_in_words(owner: Browser, given: dict[str, str], words: str) -> None:
    assert words in owner.post(f"{PAGE}/client", given, status=422).text


def test_a_client_for_one_authorization_server_is_never_shown_to_another(
    owner: Browser, server: Server, issuer: Issuing
) -> None:
    given = {"client_id": "mine", "client_secret": "s", "csrf_token": owner.csrf_token()}
    owner.client.post(f"{PAGE}/client", data=given)
    back(owner, issuer.allow(begun(owner)))
    with issuing() as other:
        issuer.resource["authorization_servers"] = [other.origin]
        assert "another authorization server" in owner.post(BEGIN, status=502).text
        assert not other.posted("/token")


def test_our_client_document_stands_where_authorization_servers_can_read_it(
    make_app: Callable[..., Flask], client: Any
) -> None:
    assert client.get(clients.DOCUMENT).status_code == 404
    app = make_app(base_url="https://halo.example")
    said = app.test_client().get(clients.DOCUMENT, base_url="https://halo.example")
    assert said.json["client_id"] == f"https://halo.example{clients.DOCUMENT}"
    assert said.json["redirect_uris"] == ["https://halo.example/integrations/mcp/callback"]
    assert said.json["token_endpoint_auth_method"] == "none" and "client_secret" not in said.json
    assert clients.ourselves(make_app(base_url="https://localhost").extensions["halo"]).document is None
