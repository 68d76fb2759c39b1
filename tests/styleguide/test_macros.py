"""Macros: whatever text they are given stays text."""

from __future__ import annotations

from typing import Any

import html5lib
import pytest
from flask import Flask

HOSTILE = "\"'><script>alert(1)</script><b onclick=x>"

CALLS = {
    "buttons": [
        "button(x, name=x, value=x, busy=x, id=x)",
        "link_button(x, x)",
        "post_button(x, x, fields={'a': x})",
        "copy_button(x)",
    ],
    "forms": [
        "field(x, x, value=x, hint=x, error=x, placeholder=x)",
        "textarea(x, x, value=x, hint=x)",
        "select(x, x, [x, (x, x)], value=x)",
        "select(x, x, {x: [x]})",
        "checkbox(x, x, value=x, hint=x)",
        "search_field(x, x, x, x)",
        "hidden({'a': x, 'b': [x, x]})",
        "problems({x: x}, {x: x})",
    ],
    "choices": ["radio_cards(x, x, [{'value': x, 'label': x, 'hint': x}], x)", "segmented(x, x, [(x, x)], x)"],
    "switches": [
        "switch_form(x, x, True, x, fields={'a': x}, hint=x)",
        "modes_form(x, [{'value': x, 'label': x, 'href': x, 'active': True}], x, fields={'a': x}, hint=x)",
    ],
    "scopes": [
        "scope_card({'slug': x, 'scope': x, 'title': x, 'sentence': x, 'access': x, 'refusal': x, 'parts': []}, [x])",
        "scope_part({'scope': x, 'title': x, 'refusal': x, 'parts': []}, [x])",
    ],
    "tables": ["pagination(x, x, x)"],
    "display": [
        "badge(x, x)",
        "chip(x, x, x)",
        "status(x, x)",
        "stat(x, x, x, x, x)",
        "definitions([(x, x)])",
        "breadcrumb([(x, x), (x, '')])",
        "tabs([{'label': x, 'href': x, 'active': True, 'count': x}], x)",
        "change(x, x)",
    ],
    "panels": [
        "page_header(x, x, [(x, x)])",
        "empty(x, x)",
        "notice('info', x, x)",
        "steps([{'title': x, 'sentence': x}])",
    ],
    "code": ["code_block(x, x, x)", "copy_line(x, x)", "secret_once(x, x)"],
}


@pytest.fixture(scope="module")
def drawing(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    from halo import create_app
    from halo.ground.settings import Settings

    return create_app(Settings(environment="test", secret_key="x" * 40, instance=tmp_path_factory.mktemp("drawing")))


def draw(app: Flask, file: str, call: str, **context: Any) -> str:
    source = f'{{% import "macros/{file}.html" as m %}}{{{{ m.{call} }}}}'
    with app.test_request_context():
        return app.jinja_env.from_string(source).render(**context)


@pytest.mark.parametrize(("file", "call"), [(file, call) for file, calls in CALLS.items() for call in calls])
def test_hostile_text_stays_text(drawing: Flask, file: str, call: str) -> None:
    tree = html5lib.parseFragment(draw(drawing, file, call, x=HOSTILE), namespaceHTMLElements=False)
    assert not list(tree.iter("script"))
    assert not [it for it in tree.iter() if any(name.startswith("on") for name in it.attrib)]
    assert "alert(1)" in "".join(tree.itertext()) + str([it.attrib for it in tree.iter()])


def test_a_field_ties_its_hint_and_message_to_the_input(drawing: Flask) -> None:
    html = draw(drawing, "forms", "field('slug', 'Address', hint='Short.', error='Taken.')")
    tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
    box = next(tree.iter("input"))
    assert box.get("aria-describedby") == "field-slug-error field-slug-hint"
    assert box.get("aria-invalid") == "true"


def test_a_password_is_never_written_back(drawing: Flask) -> None:
    assert "hunter2" not in draw(drawing, "forms", "field('p', 'Password', value='hunter2', type='password')")


def test_a_time_that_never_was_says_never(drawing: Flask) -> None:
    assert "never" in draw(drawing, "display", "time(None)")
