"""`flask doctor` finds what vendors' clients would stumble over, and its exit code is honest."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable

import pytest
from flask import Flask

from halo.ground import limits
from halo.ground.database import migrate, now
from halo.ground.settings import DEVELOPMENT_SECRET, Settings
from halo.health import doctor
from halo.jobs import heartbeat
from halo.oauth import checks, cimd, known_clients

HALO = "https://halo.example"
pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
MakeApp = Callable[..., Flask]
KNOWN = {
    "unknown.example": [], "inner.example": ["1.1.1.1", "10.0.0.7"], "docs.example": ["1.1.1.1"],
    "chatgpt.com": ["1.1.1.1"],
}  # fmt: skip


def readable(address: str, settings: Settings) -> None:
    """Every document can be read."""


def found(app: Flask, *addresses: str, read: checks.Reader = readable) -> list[tuple[str, str]]:
    """What is found where the name leads to these addresses: kind and sentence."""
    with app.app_context(), pytest.MonkeyPatch.context() as patched:
        patched.setattr(doctor, "_checks", [functools.partial(checks.documents, read=read)])
        heartbeat.beat("one", now())
        said = doctor.examine(app.extensions["halo"], {"halo.example": list(addresses), **KNOWN}.__getitem__)
    return [(finding.kind, finding.sentence) for finding in said]


def test_a_sound_instance_has_nothing_but_good_news(make_app: MakeApp) -> None:
    said = found(make_app(base_url=HALO, secret_key=secrets.token_urlsafe(48)), "1.1.1.1")
    assert [kind for kind, _ in said] == ["ok"] * 7


@pytest.mark.parametrize(
    ("addresses", "kind", "words"),
    [
        ([], "problem", "is not known here"),
        (["10.0.0.1"], "problem", "10.0.0.1, which cannot be reached from the internet"),
        (["1.1.1.1", "192.168.1.1"], "problem", "192.168.1.1, which cannot be reached"),
        (["2606:4700:4700::1111"], "problem", "only IPv6 addresses"),
        (["1.1.1.1", "2606:4700:4700::1111"], "warning", "IPv6 addresses too"),
    ],
)
def test_a_name_that_hosted_clients_do_not_reach_is_told(
    make_app: MakeApp, addresses: list[str], kind: str, words: str
) -> None:
    said = found(make_app(base_url=HALO), *addresses)
    assert any(each == kind and words in sentence for each, sentence in said)


@pytest.mark.parametrize("key", [DEVELOPMENT_SECRET, "ab" * 32])
def test_a_secret_that_can_be_guessed_is_told_and_not_shown(make_app: MakeApp, key: str) -> None:
    [said] = [sentence for kind, sentence in found(make_app(base_url=HALO, secret_key=key), "1.1.1.1") if kind != "ok"]
    assert "can be guessed" in said
    assert key not in said


def test_documents_that_cannot_be_reached_are_told_with_what_to_do(make_app: MakeApp) -> None:
    def closed(address: str, _: Settings) -> None:
        raise (cimd.Unreachable if "chatgpt.com" in address else cimd.Unreadable)("No.")

    app = make_app(base_url=HALO, secret_key=secrets.token_urlsafe(48))
    [said] = [sentence for kind, sentence in found(app, "1.1.1.1", read=closed) if kind == "warning"]
    assert "https://chatgpt.com/oauth/codex/client.json" in said
    assert "claude.ai" not in said
    assert "HALO_CLIENT_DOCUMENTS=off" in said


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("unknown.example", "unknown.example is not known here"),
        ("inner.example", "leads to 10.0.0.7, where Halo's own"),
    ],
)
def test_the_operator_is_told_what_strangers_are_not(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, host: str, words: str
) -> None:
    def closed(*_: object) -> None:
        raise cimd.Unreachable("No.")

    monkeypatch.setattr(known_clients, "documents", lambda: [f"https://{host}/client.json"])
    app = make_app(base_url=HALO, docs_mcp_url=f"https://{host}/mcp", allow_private_addresses=False)
    said = found(app, "1.1.1.1", read=closed)
    assert [kind for kind, sentence in said if words in sentence] == ["warning", "problem"]
    assert any("HALO_DOCS_MCP_URL" in sentence for kind, sentence in said if kind == "problem")


def test_a_documentation_server_whose_name_is_known_is_good_news(make_app: MakeApp) -> None:
    app = make_app(base_url=HALO, docs_mcp_url="https://docs.example/mcp", allow_private_addresses=False)
    assert ("ok", "The name of the documentation server, docs.example, is known.") in found(app, "1.1.1.1")


def test_where_documents_are_off_none_is_read(make_app: MakeApp) -> None:
    app = make_app(base_url=HALO, client_documents=False)
    said = found(app, "1.1.1.1", read=lambda *_: pytest.fail("was read"))
    assert any(kind == "ok" and "HALO_CLIENT_DOCUMENTS is off" in sentence for kind, sentence in said)


def test_a_database_of_another_release_is_told(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "is_current", lambda _: False)
    assert any("flask db upgrade" in sentence for _, sentence in found(make_app(base_url=HALO), "1.1.1.1"))


def test_the_exit_code_is_0_only_where_nothing_is_wrong(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "addresses", lambda _: ["1.1.1.1"])
    monkeypatch.setattr(cimd, "read", readable)
    good = make_app(base_url=HALO).test_cli_runner().invoke(args=["doctor"])
    assert (good.exit_code, good.output.count("ok\t")) == (0, 6)
    bad = make_app(base_url="http://halo.example").test_cli_runner().invoke(args=["doctor"])
    assert bad.exit_code == 1
    assert "problem\thttp://halo.example is not https" in bad.output


def test_a_full_disk_is_said_by_the_doctor_and_by_readyz_as_long_as_it_is(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(base_url=HALO)
    with monkeypatch.context() as full:
        full.setattr(limits, "DISK_BYTES", 1 << 60)
        told = app.test_client().get("/readyz")
        assert (told.status_code, told.json["status"]) == (503, "not ready")
        assert told.json["checks"]["disk"].startswith("full: ")
        assert any(kind == "problem" and "is full: " in sentence for kind, sentence in found(app, "1.1.1.1"))
        assert app.test_client().get("/healthz").status_code == 200
    assert app.test_client().get("/readyz").json["checks"]["disk"] == "ok"
