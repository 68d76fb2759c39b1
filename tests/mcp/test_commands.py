"""`flask tools` and `flask why`."""

from __future__ import annotations

from flask import Flask

from tests import cast
from tests.factories import a_grant, an_oauth_client


def run(app: Flask, *words: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=list(words))
    return done.exit_code, done.output


def why(app: Flask, *words: str) -> tuple[int, str]:
    return run(app, "why", "--workspace", "acme", "--person", cast.OWNER, *words)


def test_tools_prints_a_line_for_every_tool(app: Flask) -> None:
    code, said = run(app, "tools")
    [line] = [line for line in said.splitlines() if line.startswith("search_docs ")]
    assert code == 0
    assert line.split()[1] == "docs:read"
    assert "read-only, idempotent" in line
    assert int(line.split()[-1]) > 50


def test_why_says_that_a_tool_is_visible(app: Flask) -> None:
    with app.app_context():
        a_grant("docs:read")
    code, said = why(app, "search_docs")
    assert code == 0
    assert said.splitlines()[-1] == "search_docs: visible"


def test_why_names_the_first_refusal_and_who_can_lift_it(app: Flask) -> None:
    with app.app_context():
        a_grant("docs:read")
    _, said = why(app, "data_find_user")
    assert "no   Was the scope granted, with the tool's group?" in said
    assert "not visible: The connection was not granted the scope" in said
    assert "not visible: There is no such tool" in why(app, "drop_everything")[1]


def test_why_without_a_tool_goes_through_all(app: Flask) -> None:
    with app.app_context():
        a_grant("docs:read")
    _, said = why(app)
    assert "search_docs                      visible" in said
    assert "data_find_user                   not visible" in said


def test_why_asks_which_of_several_and_fails_for_none(app: Flask) -> None:
    assert why(app, "search_docs")[0] == 1
    with app.app_context():
        for name in ("Cursor", "Claude"):
            a_grant("docs:read", client=an_oauth_client(name))
    code, said = why(app, "search_docs")
    assert code != 0
    assert "Claude, Cursor" in said
    assert why(app, "--client", "cursor", "search_docs")[0] == 0
