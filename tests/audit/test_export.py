from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import Callable

import pytest
from flask import Flask

from halo.audit import export, export_turns, history, search
from halo.audit.search import Filters
from halo.ground.database import db
from halo.ground.permissions import Role
from halo.workspaces import members
from tests import cast
from tests.audit.test_calls import AUDIT, a_call
from tests.cast import OWNER, STRANGER, SUPPORT
from tests.support.browser import Browser


def test_jsonl_has_every_row_through_all_batches(app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "BATCH", 2)
    with app.app_context():
        for number in range(5):
            a_call(tool=f"tool_{number}")
    answer = browser.sign_in(OWNER).client.get(AUDIT + "/export.jsonl")
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert [row["tool"] for row in rows] == [f"tool_{number}" for number in range(4, -1, -1)]
    assert rows[0]["person"] == "Olivia Owner" and rows[0]["arguments"]["email"] != "mia@customer.test"
    assert "attachment" in answer.headers["Content-Disposition"]


def test_csv_follows_the_filters_and_has_a_header(app: Flask, browser: Browser) -> None:
    with app.app_context():
        a_call(tool="one")
        a_call(tool="two", outcome="failed")
    answer = browser.sign_in(OWNER).client.get(AUDIT + "/export.csv", query_string={"outcome": "failed"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["tool"] for row in rows] == ["two"]
    assert json.loads(rows[0]["arguments"])["limit"] == 5


@pytest.mark.parametrize("evil", ["=HYPERLINK(1)", "+1", "-1", "@x", "\tx"])
def test_no_cell_is_a_formula(app: Flask, browser: Browser, evil: str) -> None:
    with app.app_context():
        a_call(tool=evil, detail=evil)
    (row,) = csv.DictReader(io.StringIO(browser.sign_in(OWNER).client.get(AUDIT + "/export.csv").text))
    assert row["tool"] == "'" + evil and row["detail"] == "'" + evil


@pytest.mark.parametrize(
    ("detail", "cell"),
    [
        ("see\n=HYPERLINK(1)", "see\n'=HYPERLINK(1)"),
        ("see\r\n+1", "see\r\n'+1"),
        ("see\r@x", "see\r'@x"),
        ("\n=1", "'\n'=1"),
        (" \t=1", "' \t=1"),
        ("＝1", "'＝1"),
        ("a=1 - b@c\nd", "a=1 - b@c\nd"),
    ],
)
def test_no_line_of_a_cell_is_a_formula(detail: str, cell: str) -> None:
    assert export._cell(detail) == cell


def test_others_get_their_own_rows_only(app: Flask, browser: Browser) -> None:
    with app.app_context():
        a_call()
    assert browser.sign_in(STRANGER).client.get(AUDIT + "/export.jsonl").text == ""


def test_there_are_two_formats(browser: Browser) -> None:
    browser.sign_in(OWNER).get(AUDIT + "/export.xlsx", status=404)


def test_an_export_is_recorded_with_its_filters(app: Flask, browser: Browser) -> None:
    browser.sign_in(OWNER).client.get(AUDIT + "/export.csv?outcome=refused")
    with app.app_context():
        [change] = [it for it in history.page(cast.workspace().id)[0] if it.event == "audit.exported"]
        assert (change.by, change.subject) == (OWNER, "as CSV")
        assert change.after == {"format": "csv", "filters": {"outcome": "refused"}, "arguments": "masked"}
    assert "exported the audit log as CSV" in browser.get(AUDIT + "/changes").text


def test_personal_data_is_exported_for_a_reason_that_everybody_reads(app: Flask, browser: Browser) -> None:
    with app.app_context():
        a_call()
    browser.sign_in(OWNER).get(AUDIT)
    browser.submit("export-unmasked", why="Ticket 4711: the customer asked")
    assert "mia@customer.test" in browser.response.text
    said = browser.get(AUDIT + "/changes").text
    assert "exported the audit log as CSV" in said and "Ticket 4711: the customer asked" in said


def test_without_a_reason_nothing_is_exported_unmasked(app: Flask, browser: Browser) -> None:
    with app.app_context():
        a_call()
    browser.sign_in(OWNER)
    browser.post(AUDIT + "/export.jsonl", {"why": " "}, status=422)
    assert "mia@customer.test" not in browser.response.text
    assert "as JSONL" not in browser.get(AUDIT + "/changes").text


def test_unmasked_exports_need_the_permission_to_read_payloads(app: Flask, browser: Browser) -> None:
    with app.app_context():
        a_call()
        acme, support = cast.workspace().id, cast.person(SUPPORT).id
        members.change(acme, support, Role.MEMBER, permissions=["audit:view"], principal=None)
    page = browser.sign_in(SUPPORT).get(AUDIT)
    assert not page.all("form", id="export-unmasked")
    browser.post(AUDIT + "/export.jsonl", {"why": "Curious"}, status=403)
    assert "mia@customer.test" not in browser.client.get(AUDIT + "/export.jsonl").text


def test_one_export_of_a_person_at_a_time(app: Flask, browser: Browser) -> None:
    """The second is told so and not recorded as made; when the first was read to its end, or left, there is another."""
    with app.app_context():
        a_call()
    client = browser.sign_in(OWNER).client
    for leave in (lambda first: first.data, lambda first: first.close()):
        first = client.get(AUDIT + "/export.jsonl", buffered=False)
        second = client.get(AUDIT + "/export.csv")
        assert (second.status_code, int(second.headers["Retry-After"]) > 0) == (503, True)
        assert "Another export of yours is still running." in second.text
        leave(first)
        assert client.get(AUDIT + "/export.jsonl").status_code == 200
    with app.app_context():
        made = [it for it in history.page(cast.workspace().id)[0] if it.event == "audit.exported"]
        assert len(made) == 4


def test_a_few_exports_of_a_process_at_a_time(
    app: Flask, make_browser: Callable[[], Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_turns, "_places", threading.BoundedSemaphore(1))
    with app.app_context():
        a_call()
    owner, admin = (make_browser().sign_in(person).client for person in (OWNER, cast.ADMIN))
    first = owner.get(AUDIT + "/export.jsonl", buffered=False)
    assert admin.get(AUDIT + "/export.jsonl").status_code == 503
    first.close()
    assert admin.get(AUDIT + "/export.jsonl").status_code == 200


def test_an_export_that_fails_before_it_begins_leaves_the_turn(browser: Browser) -> None:
    browser.sign_in(OWNER).post(AUDIT + "/export.jsonl", {"why": " "}, status=422)
    assert browser.client.get(AUDIT + "/export.jsonl").status_code == 200


def test_a_reader_who_rests_holds_no_connection(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "BATCH", 2)
    with app.app_context():
        for _ in range(5):
            a_call()
        workspace, pool = cast.workspace().id, db.engine.pool
        asked = {"reads_payloads": True, "is_masked": True, "inside": app.app_context}
        parts = export.parts("jsonl", workspace, Filters(), **asked)
        db.session.remove()
    before = pool.checkedout()
    assert len([pool.checkedout() for _ in parts if pool.checkedout() == before]) == 3
