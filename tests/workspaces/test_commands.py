from __future__ import annotations

from flask import Flask

from halo.workspaces import members, workspaces
from halo.workspaces.accounts import people, sessions
from tests import cast
from tests.cast import OWNER, SUPPORT, VIEWER


def test_a_person_with_a_generated_password_can_sign_in(app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["person", "create", "Ana@New.test", "--name", "Ana", "--operator"])
    email, _, password = done.output.strip().split("\t")
    assert (done.exit_code, email) == (0, "ana@new.test")
    with app.app_context():
        person = sessions.sign_in(email, password)
        assert person is not None and person.is_operator


def test_a_password_on_stdin_is_not_printed(app: Flask) -> None:
    args = ["person", "create", "ana@new.test", "--name", "Ana", "--password-stdin"]
    done = app.test_cli_runner().invoke(args=args, input="three random words\n")
    assert done.exit_code == 0 and "three" not in done.output
    with app.app_context():
        assert sessions.sign_in("ana@new.test", "three random words") is not None


def test_names_and_addresses_are_those_of_the_pages(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    done = run(args=["person", "create", "O'Brien@New.test", "--name", "علی‌رضا"])
    assert (done.exit_code, done.output.split("\t")[0]) == (0, "o'brien@new.test")
    for args in (
        ["person", "create", "ana@new.test", "--name", "\u3164"],
        ["workspace", "create", "New\u202e", "--slug", "new-one", "--owner", OWNER],
        ["token", "create", "--workspace", "acme", "--person", OWNER, "--scopes", "docs:read", "--name", "a\u200bb"],
    ):
        done = run(args=args)
        assert done.exit_code != 0 and "which nobody sees" in done.output


def test_bytes_that_are_no_text_are_one_line_and_not_zero(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    for args in (["person", "password", "a\udcffna@new.test"], ["member", "list", "--workspace", "\ud800"]):
        done = run(args=args)
        assert done.exit_code == 1 and "not UTF-8" in done.output


def test_a_workspace_is_made_and_listed(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    done = run(args=["workspace", "create", "Nimbus", "--slug", "nimbus", "--owner", OWNER])
    assert done.exit_code == 0 and done.output.startswith("nimbus\t")
    assert [line.split("\t")[0] for line in run(args=["workspace", "list"]).output.splitlines()] == [
        "acme",
        "nimbus",
        "umbra",
    ]


def test_a_workspace_is_made_with_its_clock_and_currency(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    make = ["workspace", "create", "Nimbus", "--slug", "nimbus", "--owner", OWNER]
    assert run(args=[*make, "--currency", "eur", "--time-zone", "Europe/Berlin"]).exit_code == 0
    with app.app_context():
        made = workspaces.of_slug("nimbus")
        assert (made.currency, made.time_zone) == ("EUR", "Europe/Berlin")
    for wrong, named in (("--currency", "ISO 4217"), ("--time-zone", "Europe/Berlin")):
        done = run(args=["workspace", "create", "Other", "--owner", OWNER, wrong, "Moon"])
        assert done.exit_code != 0 and named in done.output
    assert "other" not in run(args=["workspace", "list"]).output


def test_members_come_change_and_go(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    where = ["--workspace", "umbra"]
    assert run(args=["member", "add", VIEWER, *where, "--preset", "analyst"]).exit_code == 0
    assert run(args=["member", "change", VIEWER, *where, "--role", "admin"]).exit_code == 0
    with app.app_context():
        held = members.get(workspaces.of_slug("umbra").id, people.of_email(VIEWER).id)
        assert held.role == "admin"
    assert run(args=["member", "remove", VIEWER, *where]).exit_code == 0
    assert VIEWER not in run(args=["member", "list", *where]).output


def test_mistakes_are_one_line_and_not_zero(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    for args in (
        ["person", "create", OWNER, "--name", "Again"],
        ["person", "create", "nobody", "--name", "X"],
        ["workspace", "create", "Acme", "--slug", "acme", "--owner", OWNER],
        ["workspace", "create", "New", "--owner", "nobody@acme.test"],
        ["member", "add", SUPPORT, "--workspace", "acme"],
        ["member", "remove", OWNER, "--workspace", "acme"],
    ):
        done = run(args=args)
        assert done.exit_code == 1 and done.stderr.startswith("Error: ") and "Traceback" not in done.stderr, args


def test_an_account_is_closed_and_opened(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    assert run(args=["person", "deactivate", VIEWER]).exit_code == 0
    with app.app_context():
        assert sessions.sign_in(VIEWER, cast.PASSWORD) is None
    assert run(args=["person", "reactivate", VIEWER]).exit_code == 0
    with app.app_context():
        assert sessions.sign_in(VIEWER, cast.PASSWORD) is not None


def test_doors_are_printed(app: Flask) -> None:
    lines = app.test_cli_runner().invoke(args=["routes", "--doors"]).output.splitlines()
    assert "GET     /dashboard/audit -> may audit:view" in lines
    assert not [line for line in lines if line.endswith("NO DOOR")]
