"""Signing in at a server's authorization server over two visits of a browser, and each way that ends nowhere."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select, update

from halo.flags import service as flags
from halo.flags.vocabulary import MCP_EXTERNAL_SERVERS
from halo.ground.database import db, now, one_change
from halo.ledger.models import Change
from halo.servers import authorization
from halo.servers.models import Server, ServerCredential, ServerSignIn, ServerTool
from tests import cast
from tests.external.browsing import BEGIN, PAGE, asked, back, begun, kept
from tests.servers.issuing import Issuing, issuing
from tests.servers.rows import a_server, credential, set_row, shown, signed_in
from tests.servers.upstream import Answer
from tests.support.browser import Browser
from tests.support.parts import free_port

CALLBACK = "http://127.0.0.1:8000/integrations/mcp/callback"


def test_who_may_signs_in_and_the_next_call_shows_what_was_issued(
    owner: Browser, server: Server, issuer: Issuing
) -> None:
    address = begun(owner)
    assert "127.0.0.1" in owner.page.text
    said = asked(address)
    assert (said["redirect_uri"], said["resource"]) == (CALLBACK, server.url)
    assert said["code_challenge_method"] == "S256" and said["client_id"] == "made"
    back(owner, issuer.allow(address))
    assert shown(server).removeprefix("Bearer ") in issuer.access
    row = credential(server)
    assert (row.issuer, row.scope, row.obtained_by) == (issuer.origin, "read write", cast.person(cast.OWNER).id)
    change = db.session.scalars(select(Change).where(Change.event == "server.signed_in")).one()
    assert change.by == cast.OWNER and change.after == {"issuer": issuer.origin, "scope": "read write"}
    (form,) = issuer.posted("/token")
    assert form["resource"] == server.url and form["redirect_uri"] == CALLBACK
    (tool,) = db.session.scalars(select(ServerTool))
    assert (tool.name, tool.accepted_by) == ("echo", cast.person(cast.OWNER).id) and tool.accepted
    assert kept().listed_at is not None


@pytest.mark.parametrize(("refresh", "words"), [("rt", ""), (None, "access_type=offline")])
def test_a_sign_in_that_cannot_be_renewed_or_used_yet_says_so(
    owner: Browser, server: Server, issuer: Issuing, refresh: str | None, words: str
) -> None:
    usual = issuer.issue
    issuer.issue = lambda: {**usual(), "refresh_token": refresh}  # type: ignore[method-assign]
    address = begun(owner)
    issuer.access = set()
    back(owner, issuer.allow(address))
    page = html.unescape(owner.client.get("/dashboard/agents").text)
    assert "Halo is signed in to Shop." in page and words in page and ("so it ends" in page) == bool(words)


def test_signing_in_again_is_always_possible_and_by_the_same_client(
    owner: Browser, server: Server, issuer: Issuing
) -> None:
    for _ in range(2):
        back(owner, issuer.allow(begun(owner)))
    assert len([each for each in issuer.server.asked if each.path == "/register"]) == 1
    set_row(server, dead_at=now(), due_at=None)
    back(owner, issuer.allow(begun(owner)))
    assert credential(server).dead_at is None and shown(server)


def test_what_a_person_set_for_the_sign_in_is_followed(owner: Browser, server: Server, issuer: Issuing) -> None:
    wishes = {"extra": {"access_type": "offline", "state": "mine"}, "omits_resource": True, "scope": "a b"}
    with one_change() as session:
        session.execute(update(Server).values(wishes=wishes))
    said = asked(begun(owner))
    assert (said["access_type"], said["scope"]) == ("offline", "a b")
    assert "resource" not in said and said["state"] != "mine"


def test_another_authorization_server_is_told_before_anybody_goes_there(
    owner: Browser, server: Server, issuer: Issuing
) -> None:
    back(owner, issuer.allow(begun(owner)))
    before = shown(server)
    with issuing() as other:
        issuer.resource["authorization_servers"] = [other.origin]
        address = begun(owner)
        assert "another authorization server than last time" in owner.page.text
        assert shown(server) == before
        back(owner, other.allow(address))
        assert credential(server).issuer == other.origin and shown(server).removeprefix("Bearer ") in other.access


def test_scope_that_a_call_fell_short_of_is_asked_for_beside_what_was_granted(
    owner: Browser, server: Server, issuer: Issuing
) -> None:
    signed_in(server, issuer)
    set_row(server, short_of="admin")
    assert asked(begun(owner))["scope"] == "read write admin"
    back(owner, issuer.allow(begun(owner)))
    assert credential(server).short_of == ""


REFUSALS: dict[str, tuple[Callable[[Issuing, dict[str, str]], Any], str, int]] = {
    "unknown": (lambda _, said: said | {"state": "made up"}, "not begun here", 400),
    "no state": (lambda _, said: {"code": said["code"]}, "not begun here", 400),
    "no": (lambda _, said: {"error": "access_denied", "state": said["state"], "iss": said["iss"]}, "said no", 502),
    "failing": (lambda _, said: said | {"error": "server_error"}, "authorization server failed", 502),
    "other issuer": (lambda _, said: said | {"iss": "https://evil.example"}, "does not come from", 502),
    "no issuer": (lambda _, said: {"code": said["code"], "state": said["state"]}, "does not come from", 502),
    "error of another": (lambda _, said: said | {"iss": "https://e", "error": "<b>"}, "does not come from", 502),
    "strange error": (lambda _, said: said | {"error": "<script>"}, "refused the sign-in", 502),
    "no code": (lambda _, said: {"state": said["state"], "iss": said["iss"]}, "sent no code", 502),
    "wrong code": (lambda _, said: said | {"code": "guessed"}, "no longer knows", 502),
    "twice": (lambda _, said: [*said.items(), ("iss", said["iss"])], "same thing twice", 400),
}


def test_an_answer_that_is_not_right_changes_nothing_and_says_why(
    owner: Browser, server: Server, issuer: Issuing
) -> None:
    secrets = signed_in(server, issuer)
    for name, (spoilt, words, status) in REFUSALS.items():
        address = begun(owner)
        page = back(owner, spoilt(issuer, issuer.allow(address)), status)
        assert words in page.text and "a stranger" not in page.text, name
        assert "<script>" not in re.sub(r"<script src.*?>", "", page.html), name
        assert shown(server) == f"Bearer {secrets.access}", name


def test_a_sign_in_is_used_once_and_within_ten_minutes(owner: Browser, server: Server, issuer: Issuing) -> None:
    answer = issuer.allow(begun(owner))
    back(owner, answer)
    assert "finished already" in back(owner, answer, 400).text and len(issuer.posted("/token")) == 1
    answer = issuer.allow(begun(owner))
    with one_change() as session:
        session.execute(update(ServerSignIn).values(expires_at=now()))
    assert "longer than ten minutes" in back(owner, answer, 400).text and len(issuer.posted("/token")) == 1
    answer = issuer.allow(begun(owner)) | {"error": "access_denied"}
    back(owner, answer, 502)
    assert "finished already" in back(owner, answer, 400).text


def test_nobody_else_and_no_other_browser_or_workspace_finishes_it(
    owner: Browser, make_browser: Callable[[], Browser], server: Server, issuer: Issuing
) -> None:
    answer = issuer.allow(begun(owner))
    for email in (cast.ADMIN, cast.OWNER, cast.STRANGER):
        page = back(make_browser().sign_in(email), answer, 400)
        assert "somebody else, or in another browser" in page.text and "shop" not in page.html.lower()
    assert make_browser().client.get("/integrations/mcp/callback").status_code == 303  # to sign in
    assert not issuer.posted("/token")
    back(owner, answer)
    assert shown(server)


def test_a_row_that_was_copied_to_another_person_or_server_opens_nothing(
    owner: Browser, server: Server, issuer: Issuing
) -> None:
    address = begun(owner)
    other = a_server(server.url, slug="other")
    with one_change() as session:
        session.execute(update(ServerSignIn).values(server_id=other.id))
    owner.client.get(f"/integrations/mcp/callback?{urlencode(issuer.allow(address))}")
    assert not issuer.posted("/token") and not list(db.session.scalars(select(ServerCredential)))


@pytest.mark.parametrize("is_late", [False, True], ids=["before it comes back", "while its code is redeemed"])
@pytest.mark.parametrize("change", [{"url": "https://elsewhere.example/mcp"}, {"auth_method": "none"}])
def test_a_sign_in_for_what_the_server_is_no_more_ends_nowhere(
    owner: Browser,
    server: Server,
    issuer: Issuing,
    change: dict[str, str],
    is_late: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A token that was asked for one address is shown to no other."""

    def becomes_another() -> None:
        with one_change() as session:
            session.execute(update(Server).values(**change))

    def finished(*said: Any, **more: Any) -> Any:
        tokens = usual(*said, **more)
        becomes_another()
        return tokens

    answer, usual = issuer.allow(begun(owner)), authorization.finished
    if is_late:
        monkeypatch.setattr(authorization, "finished", finished)
    else:
        becomes_another()
    assert "another address or another way" in back(owner, answer, 400).text
    assert len(issuer.posted("/token")) == is_late and not list(db.session.scalars(select(ServerCredential)))


def test_only_who_manages_integrations_signs_in_and_only_where_servers_are_on(
    owner: Browser, make_browser: Callable[[], Browser], server: Server
) -> None:
    posts = [BEGIN, f"{PAGE}/sign-out", f"{PAGE}/client"]
    support, stranger = make_browser().sign_in(cast.SUPPORT), make_browser().sign_in(cast.STRANGER)
    for path in posts:
        support.post(path, status=403)
        stranger.post(path, status=404)
    support.get("/integrations/mcp/callback", status=403)
    flags.turn_off(MCP_EXTERNAL_SERVERS, workspace_id=server.workspace_id, why="Off", principal=None)
    for path in posts:
        owner.post(path, status=403)
    assert kept().client == "" and not list(db.session.scalars(select(ServerSignIn)))


def test_signing_out_revokes_and_drops_token_and_client_and_says_where_it_could_not(
    owner: Browser, server: Server, issuer: Issuing
) -> None:
    def leave() -> str:
        owner.client.post(f"{PAGE}/sign-out", data={"csrf_token": owner.csrf_token()})
        return html.unescape(owner.client.get("/dashboard/agents").text)

    back(owner, issuer.allow(begun(owner)))
    assert "took back what it had issued" in leave()
    assert not issuer.refresh and kept().client == "" and shown(server) == ""
    back(owner, issuer.allow(begun(owner)))
    issuer.server.behaves = lambda _: Answer(b"", 503)
    assert "end it there" in leave() and shown(server) == ""
    assert "nothing to take back" in leave()
    events = list(db.session.scalars(select(Change.event).where(Change.subject_id == server.id)))
    assert events.count("server.let_go") == 3


@pytest.mark.parametrize("auth_method", ["none", "bearer"])
def test_a_server_that_is_not_signed_in_to_so_has_no_sign_in(owner: Browser, server: Server, auth_method: str) -> None:
    with one_change() as session:
        session.execute(update(Server).values(auth_method=auth_method))
    owner.post(BEGIN, status=404)


def test_a_server_that_is_away_says_so_and_one_that_only_has_documents_is_signed_in_to(
    owner: Browser, server: Server, issuer: Issuing
) -> None:
    usual = issuer.server.behaves
    issuer.server.behaves = lambda it: Answer(b"", 500) if it.path == "/mcp" else usual(it)
    assert asked(begun(owner))["client_id"] == "made"
    with one_change() as session:
        session.execute(update(Server).values(url=f"http://127.0.0.1:{free_port()}/mcp"))
    page = owner.post(BEGIN, status=502)
    assert "cannot be reached" in page.text and page.one("form", id="again").get("action") == BEGIN
