"""The commands that the documentation shows are commands of this release."""

import re
import shlex

import click
import pytest

from halo.documents import service
from halo.ground.settings import development_settings
from tests.support.parts import ROOT

PAGES = "\n".join(page.markdown for page in service.library(development_settings()).pages).replace("\\\n", " ")
SHOWN = sorted(set(re.findall(r"`(flask .+?)`", PAGES) + re.findall(r"^(flask .+)$", PAGES, re.MULTILINE)))


def problem(group: click.Group, line: str) -> str | None:
    """What is wrong with a command as it is shown."""
    words = shlex.split(line)[1:]
    command: click.Command | None = group
    while isinstance(command, click.Group) and (words or not command.invoke_without_command):
        command = command.get_command(click.Context(command), words.pop(0))
    if command is None:
        return f"no such command: {line}"
    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    unknown = [word for word in words if word.startswith("--") and word not in options]
    return f"no options {unknown}: {line}" if unknown else None


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_every_command_that_is_shown_exists_with_its_options(app):
    assert len(SHOWN) > 20
    assert [found for line in SHOWN if (found := problem(app.cli, line))] == []


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_every_command_is_told_to_operators_and_newcomers(app):
    ours = {name for name in app.cli.commands if name != "routes"}
    readme = (ROOT / "README.md").read_text()
    told = set(re.findall(r"`flask (\w+)", PAGES)), set(re.findall(r"`flask (\w+)", readme))
    assert [sorted(ours - names) for names in told] == [[], []], "add it to running-halo.md and to README"
