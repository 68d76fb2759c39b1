"""An authenticator app as the tests play it: scans the page, knows the codes, and never waits."""

from __future__ import annotations

import datetime
import time

import pyotp
from flask import Flask
from sqlalchemy import update

from halo.ground import vault
from halo.ground.database import one_change
from halo.workspaces.models import Authenticator
from tests import cast
from tests.cast import PASSWORD
from tests.support.browser import Browser

PATH = "/dashboard/profile/two-factor"


class App:
    """Somebody's telephone, in time with the server."""

    def __init__(self, secret: str) -> None:
        self.totp = pyotp.TOTP(secret)

    def code(self, steps: int = 0) -> str:
        """The code of this moment, or of some steps later or earlier."""
        return self.totp.generate_otp(int(time.time()) // 30 + steps)

    def wrong(self) -> str:
        """Six digits that no step round here has."""
        near = {self.code(steps) for steps in range(-3, 4)}
        return next(code for code in ("000000", "111111", "222222", "333333", "444444") if code not in near)


def set_up(browser: Browser) -> tuple[App, list[str]]:
    """Through the pages, as who is signed in: the app, and the recovery codes."""
    browser.get(PATH)
    browser.submit("setup-two-factor", password=PASSWORD)
    app = App("".join(browser.page.one(id="by-hand").find(".//{*}code").text.split()))
    browser.submit("switch-on", code=app.code())
    codes = [item.text for item in browser.page.one(id="codes").iterfind(".//{*}code")]
    forget_last_step(browser.app)
    return app, codes


def given_to(app: Flask, email: str) -> App:
    """An app that is in force already, without the pages."""
    secret = pyotp.random_base32()
    with app.app_context(), one_change() as rows:
        person_id, moment = cast.person(email).id, datetime.datetime.now(datetime.UTC)
        rows.add(Authenticator(person_id=person_id, secret=vault.seal(secret), confirmed_at=moment))
    return App(secret)


def forget_last_step(app: Flask) -> None:
    """As if the code that was taken last lay long back: tests do not wait for the next one."""
    with app.app_context(), one_change() as rows:
        rows.execute(update(Authenticator).values(last_step=0))


def password_given(browser: Browser, email: str, target: str = "/") -> Browser:
    """The first step of signing in; the browser stands before the page for the code."""
    browser.get("/signin", query_string={"next": target})
    browser.submit("signin", email=email, password=PASSWORD)
    assert browser.at == "/signin/code"
    return browser
