"""The probe says stage by stage how an address answers, with evidence, and what helps."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from halo.ground.outbound.guard import Policy
from halo.servers.findings import STAGES, Found
from halo.servers.probing import Examination
from tests.servers.upstream import LOOPBACK, Answer, Asked, Behaviour, error, legacy, modern, theirs

PUBLIC_ONLY = Policy(frozenset({"https", "http"}), low_ports=True, private=False)


def examined(behaves: Behaviour, **options: Any) -> tuple[dict[str, Found], Examination]:
    with theirs(behaves) as server:
        examination = Examination(server.url, LOOPBACK, **options)
        return {each.stage: each for each in examination}, examination


def verdicts(found: dict[str, Found]) -> str:
    """The first letter of each verdict, in order."""
    assert list(found) == list(STAGES), "each once, in order"
    return "".join(found[stage].verdict[0] for stage in STAGES)


def guarded(**metadata: Any) -> Callable[[Asked], Answer]:
    """A server that wants a sign-in, and says where."""

    def behaves(asked: Asked) -> Answer:
        origin = f"http://{asked.headers['Host']}"
        if "oauth-protected-resource" in asked.path:
            return Answer({"resource": f"{origin}/mcp", "authorization_servers": [origin], "scopes_supported": ["a"]})
        if "oauth-authorization-server" in asked.path:
            said = {
                "issuer": origin, "authorization_endpoint": f"{origin}/authorize", "token_endpoint": f"{origin}/token",
                "code_challenge_methods_supported": ["S256"],
            }  # fmt: skip
            return Answer(said | metadata)
        if asked.headers.get("Authorization") == "Bearer good":
            return modern(asked)
        challenge = f'Bearer resource_metadata="{origin}/.well-known/oauth-protected-resource/mcp", scope="a"'
        return Answer(status=401, headers={"WWW-Authenticate": challenge})

    return behaves


@pytest.mark.parametrize(("behaves", "version"), [(modern, "2026-07-28"), (legacy(lambda: "s1"), "2025-11-25")])
def test_an_open_server_is_found_with_its_era_and_its_tools(behaves: Behaviour, version: str) -> None:
    found, examination = examined(behaves)
    assert verdicts(found) == "owoossoso"
    assert version in found["era"].says and found["tools"].says == "It lists 1 tool."
    assert (examination.auth_method, examination.failure) == ("none", None)


def test_a_server_with_a_sign_in_says_where_and_how_halo_becomes_its_client() -> None:
    found, examination = examined(guarded(registration_endpoint="http://127.0.0.1:1/register"))
    assert verdicts(found) == "owoooosos"
    assert examination.auth_method == "oauth2" and examination.place is not None
    assert dict(found["challenge"].facts)["Scope"] == "a"
    assert found["registration"].says == "Halo registers there by itself."


@pytest.mark.parametrize(("metadata", "has_document", "verdict"), [
    ({}, True, "warning"), ({"client_id_metadata_document_supported": True}, True, "ok"),
    ({"client_id_metadata_document_supported": True}, False, "warning"),
])  # fmt: skip
def test_how_clients_are_registered_decides_whether_one_has_to_be_typed_in(
    metadata: dict[str, Any], has_document: bool, verdict: str
) -> None:
    found, _ = examined(guarded(**metadata), has_document=has_document)
    assert found["registration"].verdict == verdict
    assert bool(found["registration"].remedy) is (verdict == "warning")


def test_with_credentials_it_goes_on_to_the_tools_and_shows_none_of_them() -> None:
    found, _ = examined(guarded(), authorization="Bearer good")
    assert (found["era"].verdict, found["tools"].verdict) == ("ok", "ok")
    shown = json.dumps([[each.headers, each.body, each.url] for it in found.values() for each in it.exchanges])
    assert "good" not in shown and "Authorization" in shown


@pytest.mark.parametrize("name", ["WWW-Authenticate", "Location", "Content-Type", "Retry-After"])
def test_a_server_that_repeats_a_credential_in_a_header_does_not_bring_it_to_the_evidence(name: str) -> None:
    def behaves(asked: Asked) -> Answer:
        said = asked.headers.get("Authorization", "")
        answer = guarded()(asked) if not said else Answer(b"", 401)
        answer.headers = {**answer.headers, name: f'Bearer error="no", it="{said}"'} if said else answer.headers
        return answer

    found, _ = examined(behaves, authorization="Bearer a-secret-token")
    evidence = repr(found)
    assert "a-secret-token" not in evidence and "Authorization" in evidence


def test_credentials_that_are_not_taken_are_a_failure_with_the_way_out() -> None:
    found, examination = examined(guarded(), authorization="Bearer stale")
    assert found["era"].verdict == "failed" and "Sign in again" in found["era"].remedy
    assert examination.failure is found["era"]


@pytest.mark.parametrize(("answer", "verdict"), [
    (Answer(b"<html>", kind="text/html"), "failed"), (Answer(b"", 404), "failed"), (Answer(b"", 500), "failed"),
    (Answer(b"", 429), "failed"), (Answer(b"", 302, headers={"Location": "/"}), "failed"),
])  # fmt: skip
def test_what_is_no_server_is_said_at_the_answer_and_nothing_further_is_asked(answer: Answer, verdict: str) -> None:
    found, examination = examined(lambda _: replace(answer))
    assert found["http"].verdict == verdict and found["http"].remedy
    assert verdicts(found) == "owfssssss"
    assert examination.failure is found["http"] and found["http"].exchanges[0].status == answer.status


def test_a_server_that_wants_a_token_and_says_nothing_more_takes_a_pasted_one() -> None:
    found, examination = examined(lambda asked: Answer(status=401 if asked.method == "POST" else 404))
    assert (found["challenge"].verdict, found["resource"].verdict) == ("warning", "warning")
    assert examination.auth_method == "bearer" and examination.place is None


def test_a_document_for_another_resource_is_told_at_its_stage() -> None:
    def behaves(asked: Asked) -> Answer:
        if "oauth-protected-resource" in asked.path:
            return Answer({"resource": "https://other.example/mcp", "authorization_servers": ["https://a.example"]})
        return guarded()(asked)

    found, _ = examined(behaves)
    assert "another resource" in found["resource"].says


@pytest.mark.parametrize(("url", "policy"), [
    ("http://127.0.0.1:1/mcp", PUBLIC_ONLY), ("ftp://example.com", LOOPBACK), ("http://", LOOPBACK),
    ("not an address", LOOPBACK), ("http://nowhere.invalid/mcp", LOOPBACK),
])  # fmt: skip
def test_an_address_that_leads_nowhere_is_told_at_once(url: str, policy: Policy) -> None:
    examination = Examination(url, policy)
    found = {each.stage: each for each in examination}
    assert verdicts(found) == "fssssssss" and found["address"].remedy


def test_keys_in_the_address_are_shown_nowhere() -> None:
    with theirs(lambda asked: error(asked, -32000)) as server:
        examination = Examination(f"{server.url}?key=s3cret&x=1", LOOPBACK)
        said = repr(examination.all())
    assert "s3cret" not in said and "key=•••" in said
