"""A browser without JavaScript over Flask's test client. Every page it sees must be a sound one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from tests.support.pages import Page


class Browser:
    """Keeps cookies, follows redirects inside the app, fills forms in, and checks each page (`Page`)."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()
        self.at = "/"
        self.response: TestResponse
        self.page = Page("")

    def get(self, path: str, status: int = 200, **options: Any) -> Page:
        """Open an address; the page where it ends."""
        return self.open("GET", path, status, **options)

    def post(self, path: str, data: dict[str, Any] | None = None, status: int = 200, **options: Any) -> Page:
        """Send a form of our own making, with the right CSRF token."""
        fields = {"csrf_token": self.csrf_token()} | (data or {})
        return self.open("POST", path, status, data=fields, **options)

    def submit(self, form: str = "form", status: int = 200, press: str | None = None, **fields: Any) -> Page:
        """Fill in and send a form of the page: `form` is its id or action; `press` a button's name, value or text."""
        found = self.page.form(form)
        values = self.page.values(found, press)
        for name, value in fields.items():
            assert name in self.page.field_names(found), f"the form {form!r} has no field {name!r}"
            values[name] = value
        method, target = found.get("method", "get").upper(), found.get("action") or self.at
        values = {name: value for name, value in values.items() if value is not None}
        key = "data" if method == "POST" else "query_string"
        return self.open(method, target, status, **{key: values})

    def sign_in(self, email: str, password: str | None = None) -> Browser:
        """Through the real form."""
        from tests.cast import PASSWORD

        self.get("/signin")
        self.submit("signin", email=email, password=password or PASSWORD)
        return self

    def csrf_token(self) -> str:
        """The token of the page, or of the sign-in page when this one has no form."""
        if not (tokens := self.page.fields("csrf_token")):
            with_form = self.client.get("/signin", follow_redirects=True)
            tokens = Page(with_form.text).fields("csrf_token")
        return str(tokens[0].get("value"))

    def htmx(self, method: str, path: str, data: dict[str, Any] | None = None) -> TestResponse:
        """What htmx would get: the raw answer, not followed."""
        headers = {"HX-Request": "true", "X-CSRF-Token": self.csrf_token()}
        return self.client.open(path, method=method, data=data, headers=headers)

    def open(self, method: str, path: str, status: int, **options: Any) -> Page:
        response = self.client.open(path, method=method, **options)
        for _ in range(10):
            target = response.headers.get("Location", "")
            if response.status_code not in (301, 302, 303, 307, 308) or not self._is_ours(target):
                break
            path = target
            response = self.client.get(target)
        assert response.status_code == status, f"{method} {path}: {response.status_code}, not {status}\n{response.text}"
        self.response, self.at = response, urlsplit(path).path
        self.page = Page(response.text if response.mimetype == "text/html" else "")
        if response.mimetype == "text/html":
            self.page.check()
        return self.page

    def _is_ours(self, target: str) -> bool:
        parts = urlsplit(target)
        return not parts.netloc or parts.netloc == urlsplit(self.app.extensions["halo"].base_url).netloc
