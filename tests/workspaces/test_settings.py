from __future__ import annotations

import pytest
from flask import Flask

from halo.ground import vault
from halo.ground.database import one_change
from tests import cast
from tests.cast import ADMIN, OWNER, STRANGER, SUPPORT
from tests.support.browser import Browser

SETTINGS = "/dashboard/settings"
STATES = (
    "/general",
    "/identity/on",
    "/identity/off",
    "/audit",
    "/limits",
    "/two-factor/on",
    "/two-factor/off",
    "/widget-key",
    "/identity-secret",
    "/identity-secret/revelation",
)


def test_each_section_saves_by_itself(app: Flask, browser: Browser) -> None:
    browser.sign_in(ADMIN).get(SETTINGS)
    browser.submit("general-form", name="Acme Ltd", time_zone="Asia/Tokyo")
    browser.submit("limits-form", calls_per_client="10")
    browser.submit("audit-form", audit_payloads="none")
    browser.submit("identity-required")
    with app.app_context():
        held = cast.workspace()
        assert (held.name, held.time_zone, held.identity_required) == ("Acme Ltd", "Asia/Tokyo", True)
        assert (held.limits, held.audit_payloads) == ({"calls_per_client": 10}, "none")
    assert browser.page.one(id="identity-required-switch").get("aria-checked") == "true"


def test_a_member_without_the_permission_gets_403(browser: Browser) -> None:
    browser.sign_in(SUPPORT).get(SETTINGS, status=403)
    for path in STATES:
        browser.post(SETTINGS + path, status=403)


def test_a_stranger_sees_and_changes_only_their_own(app: Flask, browser: Browser) -> None:
    page = browser.sign_in(STRANGER).get(SETTINGS)
    assert "ab_live_acme" not in page.html
    browser.post(SETTINGS + "/widget-key")
    browser.post(SETTINGS + "/general", {"name": "Umbra Ltd"})
    with app.app_context():
        held = cast.workspace()
        assert (held.name, held.widget_key) == ("Acme", "ab_live_acme_widget_key_of_the_tests")


@pytest.mark.parametrize(
    ("section", "wrong", "says"),
    [
        ("general", {"name": ""}, "at most 200"),
        ("general", {"name": "Other", "time_zone": "Mars/Base"}, "such as Europe/Berlin"),
        ("limits", {"calls_per_client": "many"}, "whole number"),
        ("limits", {"calls_per_client": "241"}, "from 1 to 240"),
        ("limits", {"calls_per_client": "9" * 5000}, "whole number"),
        ("audit", {"audit_payloads": "some"}, "Choose full"),
    ],
)
def test_a_wrong_value_is_named_beside_its_field_and_nothing_is_lost(
    browser: Browser, section: str, wrong: dict[str, str], says: str
) -> None:
    browser.sign_in(OWNER)
    page = browser.post(f"{SETTINGS}/{section}", wrong, status=422)
    assert says in "".join(page.one(id=section).itertext())
    if section != "audit":
        assert (
            page.values(page.form(f"{section}-form")).items()
            >= {n: v for n, v in wrong.items() if v and n != "time_zone"}.items()
        )


def test_htmx_gets_the_section_alone_and_the_same_state(app: Flask, browser: Browser) -> None:
    browser.sign_in(OWNER)
    answer = browser.htmx("POST", SETTINGS + "/limits", {"calls_per_client": "12"})
    assert answer.status_code == 200 and answer.text.lstrip().startswith(
        '<section class="card stack section" id="limits"'
    )
    assert "in force on the next call" in answer.text
    wrong = browser.htmx("POST", SETTINGS + "/limits", {"calls_per_client": "0"})
    assert wrong.status_code == 422 and 'value="0"' in wrong.text
    with app.app_context():
        assert cast.workspace().limits == {"calls_per_client": 12}


def test_an_empty_limit_takes_the_default(app: Flask, browser: Browser) -> None:
    browser.sign_in(OWNER).get(SETTINGS)
    browser.submit("limits-form", calls_per_client="10")
    browser.submit("limits-form", calls_per_client="")
    with app.app_context():
        assert cast.workspace().limits == {}


def test_what_an_operator_gave_may_stay_and_nothing_above_it(app: Flask, browser: Browser) -> None:
    given = app.test_cli_runner().invoke(args=["workspace", "limits", "acme", "calls_per_client=5000"])
    assert given.exit_code == 0 and "calls_per_client\t5000" in given.output
    page = browser.sign_in(OWNER).get(SETTINGS)
    assert "Only an operator" in "".join(page.one(id="limits").itertext())
    browser.submit("limits-form", calls_per_workspace="100")
    browser.post(SETTINGS + "/limits", {"calls_per_client": "5001"}, status=422)
    with app.app_context():
        assert cast.workspace().limits == {"calls_per_client": 5000, "calls_per_workspace": 100}


def test_an_operator_may_allow_more_than_the_default(app: Flask, browser: Browser) -> None:
    with app.app_context(), one_change():
        cast.person(OWNER).is_operator = True
    browser.sign_in(OWNER).get(SETTINGS)
    browser.submit("limits-form", calls_per_client="100000")
    browser.post(SETTINGS + "/limits", {"calls_per_client": "100001"}, status=422)
    with app.app_context():
        assert cast.workspace().limits == {"calls_per_client": 100_000}


@pytest.mark.parametrize("given", ["calls_per_day=1", "calls_per_client=100001", "calls_per_client=x"])
def test_a_limit_that_is_none_is_refused_on_the_command_line(app: Flask, given: str) -> None:
    assert app.test_cli_runner().invoke(args=["workspace", "limits", "acme", given]).exit_code == 1


def test_the_widget_key_is_replaced(app: Flask, browser: Browser) -> None:
    browser.sign_in(OWNER).get(SETTINGS)
    browser.submit("rotate-widget-key")
    with app.app_context():
        assert cast.workspace().widget_key in browser.page.html
        assert cast.workspace().widget_key != "ab_live_acme_widget_key_of_the_tests"


def test_the_identity_secret_is_shown_once_and_the_log_says_by_whom(app: Flask, browser: Browser) -> None:
    browser.sign_in(OWNER).get(SETTINGS)
    with app.app_context():
        secret = vault.open(cast.workspace().identity_secret)
    assert secret not in browser.page.html
    assert secret in browser.submit("reveal-secret").html
    assert secret not in browser.get(SETTINGS).html
    assert "looked at the identity secret" in browser.get("/dashboard/audit/changes").text


def test_the_secret_is_replaced_through_htmx(app: Flask, browser: Browser) -> None:
    browser.sign_in(OWNER)
    answer = browser.htmx("POST", SETTINGS + "/identity-secret")
    with app.app_context():
        assert vault.open(cast.workspace().identity_secret) in answer.text


def test_a_change_answers_303_to_its_section_without_htmx(browser: Browser) -> None:
    browser.sign_in(OWNER)
    answer = browser.client.post(SETTINGS + "/widget-key", data={"csrf_token": browser.csrf_token()})
    assert (answer.status_code, answer.location) == (303, SETTINGS + "#keys")


def test_admins_see_the_flags_and_cannot_switch_them(browser: Browser) -> None:
    page = browser.sign_in(ADMIN).get(SETTINGS)
    assert "MCP server" in "".join(page.one(id="flags").itertext())
    browser.post("/admin/flags/acme/mcp_server/off", {"why": "I want to"}, status=403)
