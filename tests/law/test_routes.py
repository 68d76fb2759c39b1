"""Every route has a door, and routes.txt says which: a new way into Halo is always a line in a diff."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from flask import Flask

from halo.cli import doors_of

TABLE = Path(__file__).parent / "routes.txt"

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


def test_every_view_has_a_door(app: Flask) -> None:
    views = {rule.endpoint: app.view_functions[rule.endpoint] for rule in app.url_map.iter_rules()}
    bare = [endpoint for endpoint, view in views.items() if not hasattr(view, "need")]
    assert not bare, f"mark these views with @door(NEED) of halo/web/__init__.py: {sorted(set(bare))}"


def test_the_table_of_doors_is_up_to_date(app: Flask) -> None:
    now = "\n".join(doors_of(app)) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        TABLE.write_text(now)
    then = TABLE.read_text() if TABLE.exists() else ""
    missing = sorted(set(now.splitlines()) - set(then.splitlines()))
    gone = sorted(set(then.splitlines()) - set(now.splitlines()))
    assert now == then, (
        f"tests/law/routes.txt differs. Not in it: {missing}. Only in it: {gone}. If that is what you want: "
        "UPDATE_SNAPSHOTS=1 make test PYTEST=tests/law/test_routes.py (think of bookmarks before a route goes)"
    )


def test_addresses_are_kebab_case(app: Flask) -> None:
    odd = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if not re.fullmatch(r"/|(/([.a-z0-9-]+|[a-z-]*\.?<[a-z_:]+>(\.[a-z]+)?))+/?", rule.rule)
    ]
    assert not odd, f"addresses are lower case, words joined by hyphens: {odd}"


def test_a_change_of_state_is_a_post(app: Flask) -> None:
    verbs = ("on", "off", "revoke", "pause", "delete", "remove", "sign-out", "signout", "toggle")
    loose = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.rule.rsplit("/", 1)[-1] in verbs and "GET" in (rule.methods or set()) and "POST" not in rule.methods
    ]
    assert not loose, f"a GET must not change anything: {loose}"
