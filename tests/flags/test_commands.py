from __future__ import annotations

from flask import Flask

from halo.flags import service
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
