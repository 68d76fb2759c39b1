"""The page of a call leads to its trace, where the operator said how."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from halo.audit import search
from tests import cast
from tests.audit.test_calls import AUDIT, a_call
from tests.cast import OWNER
from tests.support.browser import Browser

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
URL = "https://traces.example.com/trace/{trace_id}?from=halo"


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("url", "trace", "is_linked"), [(URL, TRACE, True), (URL, None, False), ("", TRACE, False)])
def test_a_traced_call_is_linked(make_app: Callable[..., Flask], url: str, trace: str | None, is_linked: bool) -> None:
    app = make_app(trace_url=url)
    with app.app_context():
        a_call(tool="search_docs", trace_id=trace)
        row = search.page(cast.workspace().id, search.Filters()).rows[0]
    browser = Browser(app).sign_in(OWNER)
    browser.get(f"{AUDIT}/{row.id}")
    links = [it.get("href") for it in browser.page.tree.iter() if it.get("href", "").startswith("https://traces")]
    assert links == ([f"https://traces.example.com/trace/{TRACE}?from=halo"] if is_linked else [])
