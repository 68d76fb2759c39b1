"""The palette finds what its person may open, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from halo.ground.database import now
from halo.palette.match import score
from tests import factories
from tests.cast import ADMIN, OPERATOR, OWNER, STRANGER, VIEWER
from tests.support.statements import watched

PALETTE = "/dashboard/palette"


def found(browser, query: str) -> dict[str, str]:
    """Name -> address of every line."""
    page = browser.get(PALETTE, query_string={"q": query})
    lines = page.all("a", class_="palette-line")
    return {"".join(line.find("span").itertext()): line.get("href") for line in lines}


def test_every_line_leads_to_a_page(browser) -> None:
    browser.sign_in(OWNER)
    lines = found(browser, "") | found(browser, "a") | found(browser, "e")
    assert len(lines) > 20
    for address in {line.partition("#")[0] for line in lines.values()}:
        browser.get(address)


@pytest.mark.parametrize(
    ("query", "name", "address"),
    [
        ("claude", "Connect your AI", "/dashboard/connect"),
        ("find user", "data_find_user", "/dashboard/audit?tool=data_find_user"),
        ("dfu", "data_find_user", "/dashboard/audit?tool=data_find_user"),
        ("flags", "Flags", "/docs/flags"),
        ("scopes", "Scopes and permissions", "/docs/scopes-and-permissions"),
        ("refused", "Refused calls", "/dashboard/audit?outcome=refused"),
    ],
)
def test_pages_tools_and_documentation_are_found(browser, query, name, address) -> None:
    assert found(browser.sign_in(OWNER), query)[name] == address


def test_htmx_gets_the_lines_of_the_page(browser) -> None:
    part = browser.sign_in(OWNER).htmx("GET", PALETTE + "?q=team").text
    assert part.lstrip().startswith('<div class="palette-found" id="palette-found"')
    assert part.strip() in browser.get(PALETTE + "?q=team").html


def test_people_lead_to_their_page_for_who_manages_the_team(browser, make_browser) -> None:
    assert "/dashboard/settings/team/" in found(browser.sign_in(ADMIN), "sam")["Sam Support"]
    assert found(make_browser().sign_in(VIEWER), "sam")["Sam Support"] == "/dashboard/settings/team"


def test_nobody_finds_what_they_may_not_open(browser) -> None:
    lines = found(browser.sign_in(VIEWER), "") | found(browser, "audit") | found(browser, "settings")
    assert not {"Audit", "Settings", "Refused calls", "Invite somebody to the team"} & set(lines)
    assert found(browser, "find user")["data_find_user"].startswith("/docs/tools")


def test_a_person_finds_their_own_apps_and_an_admin_everybodys(app, browser, make_browser) -> None:
    with app.app_context():
        factories.a_grant(person=OWNER, client=factories.an_oauth_client("Zephyr"))
    assert any("Zephyr" in name for name in found(browser.sign_in(ADMIN), "zephyr"))
    assert not found(make_browser().sign_in(VIEWER), "zephyr")


def test_two_apps_of_one_name_are_told_apart_by_their_last_use(app, browser) -> None:
    with app.app_context():
        notes = factories.an_oauth_client("Zephyr")
        factories.a_grant(person=OWNER, client=notes, last_used_at=now() - timedelta(hours=2))
        factories.a_grant(person=OWNER, client=notes)
    browser.sign_in(OWNER).get(PALETTE, query_string={"q": "zephyr"})
    assert "used 2 hours ago" in browser.page.text and "not used yet" in browser.page.text
    choices = {it.text for it in browser.get("/dashboard/audit/why").all("option")}
    assert {"Zephyr for Olivia Owner, used 2 hours ago", "Zephyr for Olivia Owner, not used yet"} <= choices


def test_next_door_finds_nothing_of_ours(app, browser) -> None:
    with app.app_context():
        factories.a_grant(person=OWNER, client=factories.an_oauth_client("Zephyr"))
    browser.sign_in(STRANGER)
    assert not found(browser, "zephyr") and not found(browser, "olivia")


def test_an_operator_without_a_workspace_finds_the_flags(browser) -> None:
    lines = found(browser.sign_in(OPERATOR), "")
    assert lines["Flags"] == "/admin/flags" and "Team" not in lines


def test_what_is_not_there_leads_to_the_documentation(browser) -> None:
    page = browser.sign_in(OWNER).get(PALETTE, query_string={"q": "<b>xyzzy"})
    assert "Nothing that you may open is called “<b>xyzzy”" in page.text


def test_a_stranger_signs_in_first(browser) -> None:
    browser.get(PALETTE)
    assert browser.at == "/signin"


@pytest.mark.parametrize(
    ("query", "better", "worse"),
    [("team", "Team", "Steaming"), ("con", "Connected apps", "Icon"), ("audit", "Audit", "The audit log")],
)
def test_what_fits_better_comes_first(query, better, worse) -> None:
    assert score(query, better) > score(query, worse) > 0


def test_letters_in_order_are_enough_and_letters_out_of_order_are_not() -> None:
    assert score("dfu", "data_find_user") > 0
    assert score("ufd", "data_find_user") == 0


def test_scattered_letters_count_in_a_name_and_not_in_the_words_about_it() -> None:
    assert score("dtfi", "data_find_user") > 0
    assert score("team", "setup_get_jwt_sample", "It tells a merchant") == 0


def test_more_people_and_apps_are_no_more_questions_to_the_database(app, browser) -> None:
    def questions() -> int:
        with watched(app) as asked:
            browser.htmx("GET", PALETTE + "?q=con")
        return len(asked)

    browser.sign_in(OWNER).htmx("GET", PALETTE)
    before = questions()
    with app.app_context():
        for number in range(5):
            factories.a_grant(person=OWNER, client=factories.an_oauth_client(f"Console {number}"))
    questions()  # what the workspace's new state makes stale is read anew once
    assert questions() == before
