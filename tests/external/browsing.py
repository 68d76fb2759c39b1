"""A browser on its way to an authorization server and back, as tests follow it."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

from sqlalchemy import select

from halo.ground.database import db
from halo.servers.models import Server
from tests.support.browser import Browser
from tests.support.pages import Page

PAGE = "/dashboard/integrations/mcp/shop"
BEGIN = f"{PAGE}/sign-in"


def begun(browser: Browser, status: int = 200) -> str:
    """Where the page that comes next leads."""
    page = browser.post(BEGIN, status=status)
    address = page.one("a", id="leave").get("href", "")
    assert f"0; url={address}" in [each.get("content") for each in page.all("meta")]
    return address


def asked(address: str) -> dict[str, str]:
    """The parameters of an address."""
    return dict(parse_qsl(urlsplit(address).query))


def back(browser: Browser, answer: dict[str, str] | list[tuple[str, str]], status: int = 303) -> Page:
    """The browser comes back with this; what it is shown, where it is not sent on."""
    response = browser.client.get(f"/integrations/mcp/callback?{urlencode(answer)}")
    assert response.status_code == status, response.text
    page = Page(response.text if status != 303 else "")
    if status != 303:
        page.check()
    else:
        assert response.headers["Location"] == PAGE
    return page


def kept() -> Server:
    """The one server, as it stands now."""
    db.session.rollback()
    return db.session.scalars(select(Server).execution_options(populate_existing=True)).one()
