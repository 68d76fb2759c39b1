"""What somebody reports of an app is read by admins and by themselves; others see only that it was reported."""

from __future__ import annotations

from flask import Flask

from halo.ground.database import db
from halo.ledger.models import Change
from tests import cast, factories
from tests.oauth.flow import signed_in


def test_the_words_of_a_report_are_not_shown_to_others_who_use_the_same_app(app: Flask) -> None:
    with app.app_context():
        document = factories.an_oauth_client("Notes", kind="cimd", client_id="https://apps.example/client.json")
        mine, theirs = (factories.a_grant(client=document, person=it).id for it in (cast.SUPPORT, cast.VIEWER))
    browser = signed_in(app, cast.SUPPORT)
    browser.get(f"/dashboard/apps/{mine}")
    page = browser.submit(f"report-{mine}", why="It sent Ada's salary elsewhere")
    assert "salary" in page.text
    assert "salary" in signed_in(app, cast.ADMIN).get(f"/dashboard/apps/{theirs}").text
    page = signed_in(app, cast.VIEWER).get(f"/dashboard/apps/{theirs}")
    assert "Reported" in page.text
    assert "salary" not in page.html


def test_an_admin_settles_a_report_and_the_app_is_as_the_others_until_the_next_one(app: Flask) -> None:
    grant = _reported(app)
    admin = signed_in(app, cast.ADMIN)
    assert "Reported" in admin.get(f"/dashboard/apps/{grant}").text
    page = admin.submit(f"settle-{grant}")
    assert "What was reported of Claude is settled." in page.text
    assert "Reported" not in page.text and "Reported" not in admin.get("/dashboard/apps?show=all").text
    admin.post(f"/dashboard/apps/{grant}/report/settled")
    assert "settled what was reported of Claude" in admin.get("/dashboard/audit/changes").text
    with app.app_context():
        assert db.session.query(Change).filter_by(event="client.report_settled").count() == 1, "once more is no change"
    admin.get(f"/dashboard/apps/{grant}")
    assert "Reported" in admin.submit(f"report-{grant}", why="It did it again").text


def test_settling_a_report_needs_the_permission(app: Flask) -> None:
    grant = _reported(app)
    person = signed_in(app, cast.SUPPORT)
    assert f"settle-{grant}" not in person.get(f"/dashboard/apps/{grant}").html
    person.post(f"/dashboard/apps/{grant}/report/settled", status=403)
    assert "Reported" in person.get(f"/dashboard/apps/{grant}").text


def test_a_report_of_another_workspace_does_not_exist(app: Flask) -> None:
    grant = _reported(app)
    signed_in(app, cast.STRANGER).post(f"/dashboard/apps/{grant}/report/settled", status=404)
    assert "Reported" in signed_in(app, cast.SUPPORT).get(f"/dashboard/apps/{grant}").text


def test_a_report_is_settled_with_htmx_and_without(app: Flask) -> None:
    first, second = _reported(app), _reported(app)
    browser = signed_in(app, cast.ADMIN)
    answer = browser.htmx("POST", f"/dashboard/apps/{first}/report/settled")
    assert answer.text.strip().startswith('<div id="app"') and "Reported" not in answer.text
    assert answer.headers["HX-Trigger"] == "apps-changed"
    data = {"csrf_token": browser.csrf_token()}
    plain = browser.client.post(f"/dashboard/apps/{second}/report/settled", data=data)
    assert (plain.status_code, plain.location) == (303, f"/dashboard/apps/{second}")


def _reported(app: Flask) -> str:
    """A connection of Sam's whose app they reported."""
    with app.app_context():
        grant = factories.a_grant(person=cast.SUPPORT).id
    browser = signed_in(app, cast.SUPPORT)
    browser.get(f"/dashboard/apps/{grant}")
    browser.submit(f"report-{grant}", why="It asked for more than it was told to")
    return grant
