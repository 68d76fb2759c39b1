"""Signing in at servers of others: finding out where, becoming a client, and the two halves of the sign-in."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from halo.ground import outbound
from halo.ground.errors import UpstreamFailed
from halo.servers import authorization, discovery, registering, tokens
from halo.servers.authorization import Pending, Us, Wishes
from halo.servers.discovery import Challenge, Place
from halo.servers.registering import NotOffered, Registration
from halo.servers.tokens import SignInRefused
from tests.servers.upstream import LOOPBACK, Answer, Asked, Theirs, theirs

CALLBACK = "https://halo.example/integrations/mcp/callback"
OURS = Us(CALLBACK, "https://halo.example/oauth/client-metadata.json")
HIDDEN = Us(CALLBACK, None)


class Provider:
    """A server with an authorization server beside it; what is written into `metadata` and `resource` stands there."""

    def __init__(self) -> None:
        self.server: Theirs
        self.resource: dict[str, Any] | None = {}
        self.metadata: dict[str, Any] | None = {}
        self.path = ""
        self.token: dict[str, Any] = {"access_token": "at", "refresh_token": "rt", "expires_in": 60, "scope": "a b"}
        self.token_status = 200
        self.only: str | None = None
        """The one client authentication that the token endpoint takes."""
        self.registered: dict[str, Any] = {"client_id": "made", "client_secret": "s"}

    @property
    def issuer(self) -> str:
        return self.server.origin + self.path

    def described(self) -> dict[str, Any]:
        origin = self.server.origin
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{origin}/authorize",
            "token_endpoint": f"{origin}/token",
            "registration_endpoint": f"{origin}/register",
            "revocation_endpoint": f"{origin}/revoke",
            "code_challenge_methods_supported": ["S256"],
        } | (self.metadata or {})

    def __call__(self, asked: Asked) -> Answer:
        if asked.path.startswith("/.well-known/oauth-protected-resource"):
            return self.protected()
        if "/.well-known/" in asked.path:
            at = f"/.well-known/oauth-authorization-server{self.path}"
            is_there = self.metadata is not None and asked.path == at
            return Answer(self.described()) if is_there else Answer(b"no", 404, "text/plain")
        if asked.path == "/register":
            return Answer(self.registered, 201 if "client_id" in self.registered else 400)
        if asked.path == "/token":
            return self.tokens(asked)
        return Answer(b"", 200)

    def protected(self) -> Answer:
        if self.resource is None:
            return Answer(b"<html>", 200, "text/html")
        return Answer({"resource": self.server.url, "authorization_servers": [self.issuer]} | self.resource)

    def tokens(self, asked: Asked) -> Answer:
        how = "client_secret_basic" if "Authorization" in asked.headers else "client_secret_post"
        if self.only not in (None, how):
            return Answer({"error": "invalid_client"}, 401)
        return Answer(self.token, self.token_status)

    def posted(self, path: str) -> list[dict[str, str]]:
        """The forms that came to a path."""
        forms = [asked.body for asked in self.server.asked if asked.path == path]
        return [dict(parse_qsl(form.decode())) for form in forms]


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    with theirs(made) as server, outbound.under(LOOPBACK, 5):
        made.server = server
        yield made


def found(provider: Provider, told: Challenge | None = None) -> Place:
    return discovery.find(provider.server.url, told or Challenge())


def begun(provider: Provider, us: Us = OURS, **more: Any) -> tuple[dict[str, str], Pending]:
    """The parameters of the address that a browser opens, and what is kept."""
    told = more.pop("told", Challenge())
    address, pending = authorization.begun(found(provider, told), told, us=us, **more)
    return dict(parse_qsl(urlsplit(address).query)), pending


def finished(pending: Pending, **answer: str) -> tokens.Tokens:
    said = {"state": pending.state, "code": "c", **answer}
    return authorization.finished(pending, {k: v for k, v in said.items() if v}, callback=CALLBACK)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("", Challenge()),
        ('Bearer resource_metadata="https://a/b", scope="x y"', Challenge("https://a/b", "x y")),
        ('Bearer realm="a, scope=b", error=invalid_token', Challenge(None, None, "invalid_token")),
        ('Bearer scope=""', Challenge(None, "")),
        ("Negotiate", Challenge()),
    ],
)
def test_a_challenge_is_read_by_its_parameters(header: str, told: Challenge) -> None:
    assert discovery.challenge(header) == told


def test_the_way_goes_over_the_documents_and_is_told(provider: Provider) -> None:
    provider.path = "/tenant"
    place = found(provider, Challenge(f"{provider.server.origin}/.well-known/oauth-protected-resource/else"))
    assert place.issuer.issuer == provider.issuer
    assert [urlsplit(url).path for url, _ in place.looked_at] == [
        "/.well-known/oauth-protected-resource/else",
        "/.well-known/oauth-authorization-server/tenant",
    ]


def test_a_page_in_the_place_of_a_document_is_no_document(provider: Provider) -> None:
    """Then the server is one of the first revision: described at its origin, or not at all."""
    provider.resource = None
    assert found(provider).issuer.token_endpoint.endswith("/token")
    provider.metadata = None
    place = found(provider)
    assert not place.is_described
    assert place.issuer.registration_endpoint == f"{provider.server.origin}/register"


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        ({"resource": "https://other.example/mcp"}, "another resource"),
        ({"resource": 7}, "another resource"),
        ({"authorization_servers": []}, "no authorization server"),
        ({"authorization_servers": "https://a"}, "no authorization server"),
    ],
)
def test_a_resource_that_is_not_this_one_is_refused(provider: Provider, resource: dict[str, Any], words: str) -> None:
    provider.resource = resource
    with pytest.raises(UpstreamFailed, match=words):
        found(provider)


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"issuer": "https://other.example"}, "another issuer"),
        ({"code_challenge_methods_supported": ["plain"]}, "PKCE"),
        ({"code_challenge_methods_supported": None}, "PKCE"),
        ({"token_endpoint": "javascript:alert(1)"}, "token_endpoint"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "authorization_endpoint"),
        ({"authorization_endpoint": None}, "authorization_endpoint"),
        ({"registration_endpoint": "ftp://a/b"}, "registration_endpoint"),
    ],
)
def test_metadata_that_halo_cannot_go_by_is_refused(provider: Provider, metadata: dict[str, Any], words: str) -> None:
    provider.metadata = metadata
    with pytest.raises(UpstreamFailed, match=words):
        found(provider)


def test_a_resource_above_the_address_covers_it_and_one_beside_does_not() -> None:
    covers = discovery.covers
    assert covers("https://a.example", "https://A.example/mcp")
    assert covers("https://a.example/api/", "https://a.example/api/mcp")
    assert not covers("https://a.example/api", "https://a.example/api2")
    assert not covers("https://a.example/mcp", "https://a.example")
    assert not covers("http://a.example/", "https://a.example/")


def test_the_address_for_the_browser_says_all_that_oauth_2_1_wants(provider: Provider) -> None:
    provider.resource = {"scopes_supported": ["a", "b"]}
    provider.metadata = {"scopes_supported": ["a", "b", "offline_access"]}
    said, pending = begun(provider)
    assert said["response_type"] == "code"
    assert said["redirect_uri"] == CALLBACK
    assert said["code_challenge_method"] == "S256"
    assert said["resource"] == provider.server.url
    assert said["scope"] == "a b offline_access"
    assert Pending.of_plain(json.loads(json.dumps(pending.plain()))) == pending


def test_the_scope_of_the_challenge_goes_before_the_document_and_a_step_up_keeps_what_was_granted(
    provider: Provider,
) -> None:
    provider.resource = {"scopes_supported": ["a", "b"]}
    assert begun(provider, told=Challenge(scope="c"))[0]["scope"] == "c"
    assert begun(provider, told=Challenge(scope="c"), before="a")[0]["scope"] == "a c"
    assert "scope" not in begun(provider, told=Challenge(scope=""))[0]
    assert begun(provider, wishes=Wishes(scope="z"))[0]["scope"] == "z"


def test_wishes_of_a_person_are_followed_but_replace_nothing_that_protects(provider: Provider) -> None:
    said, pending = begun(provider, wishes=Wishes(extra={"access_type": "offline", "state": "x"}, omits_resource=True))
    assert said["access_type"] == "offline"
    assert said["state"] == pending.state != "x"
    assert "resource" not in said
    finished(pending)
    assert "resource" not in provider.posted("/token")[0]


def test_our_document_names_us_where_it_is_taken_and_a_registration_elsewhere(provider: Provider) -> None:
    assert begun(provider)[0]["client_id"] == "made"
    asked = next(asked for asked in provider.server.asked if asked.path == "/register")
    assert asked.body["redirect_uris"] == [CALLBACK]
    assert asked.body["application_type"] == "web"
    provider.metadata = {"client_id_metadata_document_supported": True}
    assert begun(provider)[0]["client_id"] == OURS.document
    assert begun(provider, HIDDEN)[0]["client_id"] == "made"


def test_without_document_and_registration_a_client_has_to_be_typed_in(provider: Provider) -> None:
    provider.metadata = {"registration_endpoint": None}
    with pytest.raises(NotOffered):
        begun(provider)
    mine = registering.typed(found(provider).issuer, "mine", "secret")
    assert begun(provider, client=mine)[0]["client_id"] == "mine"


def test_a_client_of_another_issuer_or_callback_is_never_used(provider: Provider) -> None:
    issuer = found(provider).issuer.issuer
    for kept in (
        Registration("https://other.example", "theirs", "registered", redirect_uri=CALLBACK),
        Registration(issuer, "old", "registered", redirect_uri="https://old.example/callback"),
    ):
        assert begun(provider, client=kept)[0]["client_id"] == "made"


def test_a_registration_that_is_refused_is_told_in_our_words(provider: Provider) -> None:
    provider.registered = {"error": "invalid_client_metadata", "error_description": "a stranger's words"}
    with pytest.raises(SignInRefused) as problem:
        begun(provider)
    assert problem.value.message == "The authorization server does not take Halo's registration."


def test_the_second_half_redeems_the_code_with_all_that_binds_it(provider: Provider) -> None:
    said, pending = begun(provider)
    held = finished(pending)
    assert (held.access, held.refresh, held.scope) == ("at", "rt", "a b")
    (form,) = provider.posted("/token")
    assert form["grant_type"] == "authorization_code"
    assert (form["code"], form["redirect_uri"], form["resource"]) == ("c", CALLBACK, said["resource"])
    assert form["code_verifier"] == pending.verifier


@pytest.mark.parametrize("only", ["client_secret_basic", "client_secret_post"])
def test_a_token_endpoint_that_wants_the_other_authentication_gets_it_once(provider: Provider, only: str) -> None:
    provider.only = only
    provider.registered = {"client_id": "ma:de", "client_secret": "s +/"}
    finished(begun(provider)[1])
    last = [asked for asked in provider.server.asked if asked.path == "/token"][-1]
    if only == "client_secret_basic":
        assert base64.b64decode(last.headers["Authorization"].split()[1])
    else:
        assert parse_qs(last.body.decode())["client_secret"] == ["s +/"]


@pytest.mark.parametrize(
    ("tells", "iss", "is_good"),
    [
        (True, "same", True), (True, "", False), (True, "https://other.example", False), (False, "", True),
        (False, "same", True), (False, "https://other.example", False), (True, "slash", False),
    ],
)  # fmt: skip
def test_the_issuer_is_checked_before_a_code_goes_anywhere(
    provider: Provider, tells: bool, iss: str, is_good: bool
) -> None:
    provider.metadata = {"authorization_response_iss_parameter_supported": tells}
    _, pending = begun(provider)
    said = {"same": provider.issuer, "slash": f"{provider.issuer}/"}.get(iss, iss)
    if is_good:
        assert finished(pending, iss=said).access == "at"
        return
    with pytest.raises(UpstreamFailed, match="does not come from"):
        finished(pending, iss=said, error="access_denied")
    assert not provider.posted("/token")


def test_an_answer_of_another_sign_in_is_refused(provider: Provider) -> None:
    _, pending = begun(provider)
    for state in ("other", "", pending.state + "x"):
        with pytest.raises(UpstreamFailed, match="another sign-in"):
            finished(pending, state=state)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"error": "access_denied"}, "said no"),
        ({"error": "<script>"}, "refused the sign-in"),
        ({"code": ""}, "no code"),
    ],
)
def test_a_no_is_told_in_our_words(provider: Provider, answer: dict[str, str], words: str) -> None:
    with pytest.raises(UpstreamFailed, match=words):
        finished(begun(provider)[1], **answer)


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        ({"error": "invalid_grant"}, 400, "no longer knows"),
        ({"error": "invalid_target", "error_description": "AADSTS9010010: no"}, 400, "Leave out resource"),
        ({"error": "a stranger's word"}, 400, "refused the sign-in"),
        ({}, 500, "answered 500"),
        ({}, 200, "no access token"),
        ({"access_token": "a\nb"}, 200, "no access token"),
        ({"access_token": "a", "token_type": "mac"}, 200, "kind"),
    ],
)
def test_what_a_token_endpoint_answers_badly_is_told_in_our_words(
    provider: Provider, said: dict[str, Any], status: int, words: str
) -> None:
    provider.token, provider.token_status = said, status
    with pytest.raises(UpstreamFailed, match=words):
        finished(begun(provider)[1])


def test_a_refresh_keeps_the_old_token_where_no_other_comes(provider: Provider) -> None:
    _, pending = begun(provider)
    held = finished(pending)
    provider.token = {"access_token": "at2"}
    again = tokens.refreshed(pending.token_endpoint, pending.client, held, pending.resource)
    assert (again.access, again.refresh, again.scope) == ("at2", "rt", "a b")
    form = provider.posted("/token")[-1]
    assert (form["grant_type"], form["refresh_token"], form["resource"]) == ("refresh_token", "rt", pending.resource)


def test_a_disconnection_takes_back_what_was_issued(provider: Provider) -> None:
    _, pending = begun(provider)
    assert tokens.revoke(pending.revocation_endpoint, pending.client, finished(pending))
    (form,) = provider.posted("/revoke")
    assert (form["token"], form["token_type_hint"]) == ("rt", "refresh_token")
