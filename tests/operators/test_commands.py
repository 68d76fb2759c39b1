from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Flask

from halo.flags import service
from halo.workspaces.accounts import people
from tests import cast


def test_the_command_line_switches_and_lists(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    done = run(args=["flags", "set", "mcp_server", "off", "--workspace", "acme", "--why", "Test"])
    assert (done.exit_code, done.output) == (0, "acme\tmcp_server\toff\n")
    with app.app_context():
        assert not service.is_on("mcp_server", workspace_id=cast.workspace().id)
    listed = run(args=["flags", "list", "--workspace", "acme"]).output.splitlines()
    assert listed[0] == "acme\tmcp_server\toff\toperator\tTest"
    assert listed[1] == "acme\tmcp_external_servers\toff\tdefault"


def test_a_wrong_name_is_an_error_and_not_zero(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    assert run(args=["flags", "set", "mcp_server", "off", "--workspace", "nowhere", "--why", "x"]).exit_code == 1
    assert run(args=["flags", "set", "no_such", "off", "--workspace", "acme", "--why", "x"]).exit_code == 2


def test_a_switch_ends_by_itself_and_tells_callers(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    off = ["flags", "set", "mcp_server", "off", "--workspace", "acme", "--why", "Test"]
    done = run(args=[*off, "--for", "4h", "--message", "Back soon"])
    assert done.exit_code == 0 and done.output.startswith("acme\tmcp_server\toff\tuntil 2")
    with app.app_context():
        (held, _) = service.held_in(cast.workspace().id, named=people.names_of)
        assert held.state.message == "Back soon" and held.state.comes_back_at is not None
    listed = run(args=["flags", "list", "--workspace", "acme"]).output.splitlines()
    assert listed[0].startswith("acme\tmcp_server\toff\toperator\tTest\tuntil 2")
    day = (datetime.now(UTC) + timedelta(days=30)).date()
    done = run(args=[*off, "--at", f"{day}T18:00", "--until", f"{day}T20:00:00+01:00"])
    assert f"from {day}T18:00:00Z\tuntil {day}T19:00:00Z" in done.output


def test_times_that_make_no_sense_are_errors(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    off = ["flags", "set", "mcp_server", "off", "--workspace", "acme", "--why", "Test"]
    assert run(args=[*off, "--for", "soon"]).exit_code == 1
    assert run(args=[*off, "--until", "2020-01-01"]).exit_code == 1
    assert run(args=[*off, "--for", "4h", "--until", "2099-12-24T18:00"]).exit_code == 2
    on = [word.replace("off", "on") for word in off]
    assert run(args=[*on, "--message", "x"]).exit_code == 2
