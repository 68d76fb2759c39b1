"""What somebody reports of an app is read by admins and by themselves; others see only that it was reported."""

from __future__ import annotations

from flask import Flask

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
