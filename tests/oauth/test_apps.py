"""Connected apps: what is listed to whom, and that ending it is in force on the next call."""

from __future__ import annotations

import pytest
from flask import Flask

from tests import cast
from tests.oauth.flow import a_client, is_good, signed_in


def connected(app: Flask, email: str = cast.SUPPORT, name: str = "Notes") -> tuple[dict, str]:
    """Tokens of a new connection, and its id on the page."""
    browser = signed_in(app, email)
    said = a_client(app, client_name=name).connect(browser)
    page = browser.get("/dashboard/apps")
    rows = [it.get("id") or "" for it in page.all("tr") if "app-" in (it.get("id") or "")]
    return said, rows[0].removeprefix("app-")


def test_a_person_sees_and_revokes_their_connection(app: Flask) -> None:
    said, grant = connected(app)
    assert is_good(app, said["access_token"])
    browser = signed_in(app, cast.SUPPORT)
    page = browser.get("/dashboard/apps")
    assert "Notes" in page.text
    assert "data:read" in page.text
    page = browser.submit(f"revoke-{grant}")
    assert "Notes is disconnected" in page.text
    assert "Nothing is connected yet" in page.text
    assert not is_good(app, said["access_token"])


def test_pausing_refuses_and_resuming_allows_again(app: Flask) -> None:
    said, grant = connected(app)
    browser = signed_in(app, cast.SUPPORT)
    browser.get("/dashboard/apps")
    assert "Paused" in browser.submit(f"pause-{grant}").text
    assert not is_good(app, said["access_token"])
    browser.submit(f"resume-{grant}")
    assert is_good(app, said["access_token"])


def test_an_admin_ends_the_connection_of_another(app: Flask) -> None:
    said, grant = connected(app)
    browser = signed_in(app, cast.ADMIN)
    assert "Notes" not in browser.get("/dashboard/apps").text
    page = browser.get("/dashboard/apps?show=all")
    assert "support@acme.test" in page.text
    page = browser.submit(f"revoke-{grant}")
    assert browser.at == "/dashboard/apps"
    assert not is_good(app, said["access_token"])


@pytest.mark.parametrize("verb", ["revoke", "pause", "resume"])
def test_without_the_permission_another_persons_connection_does_not_exist(app: Flask, verb: str) -> None:
    said, grant = connected(app)
    for email in (cast.VIEWER, cast.STRANGER):
        browser = signed_in(app, email)
        browser.get("/dashboard/apps")
        browser.post(f"/dashboard/apps/{grant}/{verb}", status=404)
    assert is_good(app, said["access_token"])


def test_the_whole_workspace_needs_the_permission(app: Flask) -> None:
    signed_in(app, cast.VIEWER).get("/dashboard/apps?show=all", status=403)


def test_htmx_gets_the_changed_list(app: Flask) -> None:
    _, grant = connected(app)
    browser = signed_in(app, cast.SUPPORT)
    browser.get("/dashboard/apps")
    response = browser.htmx("POST", f"/dashboard/apps/{grant}/pause")
    assert response.status_code == 200
    assert response.text.strip().startswith('<section id="apps"')
    assert "Resume" in response.text


def test_a_token_is_made_shown_once_and_works(app: Flask) -> None:
    browser = signed_in(app, cast.SUPPORT)
    browser.get("/dashboard/apps")
    page = browser.submit("token-form", name="Nightly report", days="7", scope=["docs:read", "data:read"])
    text = next(it.text for it in page.all("code") if (it.text or "").startswith("halo_at_"))
    assert is_good(app, text)
    assert text not in browser.get("/dashboard/apps").html
    assert "Nightly report" in browser.page.text


def test_a_token_without_a_scope_is_not_made(app: Flask) -> None:
    browser = signed_in(app, cast.SUPPORT)
    browser.get("/dashboard/apps")
    page = browser.submit("token-form", status=422, name="Nothing", days="7")
    assert "Choose at least one of" in page.text
