"""The commands that the documentation shows are commands of this release."""

import re
import shlex

import click
import pytest

from halo.documents import service
from halo.settings import development_settings

PAGES = "\n".join(page.markdown for page in service.library(development_settings()).pages).replace("\\\n", " ")
SHOWN = sorted(set(re.findall(r"`(flask .+?)`", PAGES) + re.findall(r"^(flask .+)$", PAGES, re.MULTILINE)))


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize("line", SHOWN)
def test_a_command_that_is_shown_exists_with_its_options(app, line):
    words = shlex.split(line)[1:]
    command, context = app.cli, click.Context(app.cli)
    while isinstance(command, click.Group):
        name = words.pop(0)
        command = command.get_command(context, name)
        assert command is not None, f"there is no command {name!r} in: {line}"
    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= options
