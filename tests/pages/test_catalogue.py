"""No page goes unseen: every GET route is in the catalogue, or says there what it gives instead of a page."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from tests.pages.catalogue import BREAKS, NOT_PAGES, PAGES, SEEN_ON_THE_WAY

ON_SQLITE = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
ANY_ID = "01a204a4-8435-7504-acfb-4886ac68b0d7"


def endpoint_of(app: Flask, path: str) -> str | None:
    """The view that answers a path of the catalogue, with something in every gap."""
    plain = re.sub(r"\{\w+_id\}", ANY_ID, re.sub(r"\{authorize\w*\}", "/api/mcp/oauth/authorize", path))
    plain = re.sub(r"\{\w+\}", "some", plain).partition("?")[0]
    try:
        return app.url_map.bind("localhost").match(plain)[0]
    except (HTTPException, RequestRedirect):
        return None


@ON_SQLITE
def test_every_page_is_looked_at(app: Flask) -> None:
    seen = {endpoint_of(app, shown.path) for shown in PAGES} | set(SEEN_ON_THE_WAY)
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    missing = sorted(pages - seen - set(NOT_PAGES))
    assert not missing, f"add a line for each of these to tests/pages/catalogue.py: {missing}"


@ON_SQLITE
def test_the_catalogue_names_nothing_that_is_gone(app: Flask) -> None:
    routes = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert not set(NOT_PAGES) - routes
    promised = [it for it in PAGES if it not in BREAKS and it.status not in (404, 405)]
    lost = [it.name for it in promised if endpoint_of(app, it.path) is None]
    assert not lost, f"no route answers these pages of the catalogue any more: {lost}"


def test_a_name_stands_for_one_page() -> None:
    names = [shown.name for shown in PAGES]
    assert len(names) == len(set(names))
