"""The checked list: only an address that the vendor alone holds makes a badge, never a name."""

from __future__ import annotations

import pytest

from halo.oauth import known_clients, redirects
from halo.oauth.models import OAuthClient

LOOPBACK = "http://127.0.0.1:4000/callback"


def client(client_id: str = "halo_client_x", name: str = "Claude") -> OAuthClient:
    return OAuthClient(client_id=client_id, kind="dcr", name=name)


@pytest.mark.parametrize(
    ("client_id", "answer", "name"),
    [
        ("halo_client_x", "https://claude.ai/api/mcp/auth_callback", "Claude"),
        ("halo_client_x", "https://claude.com/api/mcp/auth_callback", "Claude"),
        ("https://claude.ai/oauth/mcp-oauth-client-metadata", "https://claude.ai/api/mcp/auth_callback", "Claude"),
        ("https://claude.ai/oauth/claude-code-client-metadata", LOOPBACK, "Claude Code"),
        ("https://chatgpt.com/oauth/codex/client.json", LOOPBACK, "Codex"),
        ("https://chatgpt.com/oauth/client.json", "https://chatgpt.com/connector_platform_oauth_redirect", "ChatGPT"),
        ("halo_client_x", "https://chatgpt.com/connector/oauth/abc123", "ChatGPT"),
        ("halo_client_x", "https://www.cursor.com/agents/mcp/oauth/callback", "Cursor"),
        ("https://vscode.dev/oauth/client-metadata.json", "http://127.0.0.1:33418/", "VS Code"),
        ("halo_client_x", "https://vscode.dev/redirect", "VS Code"),
        ("halo_client_x", "https://global.consent.azure-apim.net/redirect/halo-5f", "Copilot Studio"),
    ],
)
def test_an_address_of_the_vendors_makes_the_badge(client_id: str, answer: str, name: str) -> None:
    found = known_clients.badge(client(client_id, "whatever"), answer)
    assert found
    assert found.known.name == name
    assert f"on our checked list as {name} since 22 November 2026" in found.reason


@pytest.mark.parametrize(
    ("client_id", "answer"),
    [
        ("halo_client_x", LOOPBACK),
        ("halo_client_x", "cursor://anysphere.cursor-mcp/oauth/callback"),
        ("halo_client_x", "https://claude.ai.evil.example/api/mcp/auth_callback"),
        ("halo_client_x", "https://claude.ai/public/artifacts/auth_callback"),
        ("halo_client_x", "https://claude.ai:8443/api/mcp/auth_callback"),
        ("halo_client_x", "https://claude.ai@evil.example/api/mcp/auth_callback"),
        ("halo_client_x", "http://claude.ai/api/mcp/auth_callback"),
        ("halo_client_x", "https://chatgpt.com/connector/oauth/../../evil"),
        ("https://claude.ai/public/artifacts/claude.json", LOOPBACK),
        ("https://claude.ai/oauth/%2e%2e/public/claude.json", LOOPBACK),
        ("https://claude.ai/oauth/..%2fpublic/claude.json", LOOPBACK),
        ("https://claude.ai/oauth/%2E%2E%5Cpublic/claude.json", LOOPBACK),
        ("https://evil.example/claude.ai/oauth/client.json", LOOPBACK),
        ("", ""),
        ("https://[", "https://["),
    ],
)
def test_nothing_that_an_application_can_make_up_does(client_id: str, answer: str) -> None:
    assert known_clients.badge(client(client_id, "Claude"), answer) is None
    assert known_clients.verified_by(client_id, answer) is None


def test_a_borrowed_name_is_noticed_where_the_answer_goes_to_a_strangers_site() -> None:
    stranger = "https://evil.example/callback"
    found = known_clients.borrowed_name(client(name="claude  (official)"), stranger)
    assert found
    assert found.name == "Claude"
    assert known_clients.borrowed_name(client(name="Claudette"), stranger) is None
    for name in ("Сlaudе", "Ｃｌａｕｄｅ", "Cl-aude", "CIaude Pro"):
        noticed = known_clients.borrowed_name(client(name=name), stranger)
        assert noticed and noticed.name == "Claude", name
    for name in ("VSCode", "Visual Studio Соdе", "V S Code"):
        noticed = known_clients.borrowed_name(client(name=name), stranger)
        assert noticed and noticed.name == "VS Code", name
    assert known_clients.borrowed_name(client(name="Claude"), LOOPBACK) is None
    assert known_clients.borrowed_name(client(name="Claude"), "https://claude.ai/api/mcp/auth_callback") is None


def test_every_listed_address_can_be_registered_and_is_the_webs() -> None:
    for known in known_clients.KNOWN:
        for answer in known.answers:
            uri = answer + "x" if answer.endswith("/") else answer
            assert redirects.problem(uri) is None, uri
            assert redirects.destination(uri).kind == "web"
