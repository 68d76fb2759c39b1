"""A person at a browser, over HTTP with a cookie jar: opens what a client shows, signs in, allows, is sent back."""

from __future__ import annotations

from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import httpx

from tests.support.pages import Page


class Person:
    """Somebody of the cast; `allow` follows a client's address to the end."""

    def __init__(self, email: str = "owner@acme.test", password: str = "halo-demo-password") -> None:
        self.email, self.password = email, password
        self._wire = httpx.Client(timeout=20, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._wire.close()

    def allow(self, address: str, **fields: Any) -> str:
        """Open the authorization address, sign in where asked, press Allow; the address of the client's callback."""
        here = self._follow("GET", address)
        if here.page.all("form", id="signin"):
            here = self._submit(here, "signin", email=self.email, password=self.password)
        assert here.page.all("form", id="consent"), f"{here.address} is not the consent page:\n{here.page.text}"
        here = self._submit(here, "consent", press="allow", **fields)
        assert here.is_away, f"consent did not send the browser back:\n{here.page.text}"
        return here.address

    def visit(self, address: str) -> httpx.Response:
        """What the browser does with the callback: fetch it, once."""
        return self._wire.get(address)

    def _submit(self, here: _Place, form: str, press: str | None = None, **fields: Any) -> _Place:
        found = here.page.form(form)
        values = {name: it for name, it in (here.page.values(found, press) | fields).items() if it is not None}
        return self._follow("POST", urljoin(here.address, found.get("action") or ""), data=values)

    def _follow(self, method: str, address: str, **options: Any) -> _Place:
        home = urlsplit(address).netloc
        response = self._wire.request(method, address, **options)
        for _ in range(10):
            if not response.is_redirect:
                return _Place(address, Page(response.text))
            address = urljoin(address, response.headers["Location"])
            if urlsplit(address).netloc != home:
                return _Place(address, Page(""), is_away=True)
            response = self._wire.get(address)
        raise AssertionError(f"too many redirects, the last to {address}")


class _Place:
    """Where the browser stands."""

    def __init__(self, address: str, page: Page, *, is_away: bool = False) -> None:
        self.address, self.page, self.is_away = address, page, is_away
