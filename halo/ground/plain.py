"""Commands in plain lines: what went wrong is one line, and the exit code is honest."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import click

from halo.ground.errors import HaloError, Mistake

P = ParamSpec("P")
R = TypeVar("R")


def plain(command: Callable[P, R]) -> Callable[P, R]:
    """Say what went wrong in one line on stderr and exit with 1, instead of a traceback."""

    @functools.wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> R:
        try:
            for value in options.values():
                _check_text(value)
            return command(*arguments, **options)
        except HaloError as problem:
            raise click.ClickException(problem.message) from None

    return run


def _check_text(value: object) -> None:
    """Raise `Mistake` for bytes that are no UTF-8: Python hands them on as halves of surrogate pairs."""
    if isinstance(value, tuple):
        for each in value:
            _check_text(each)
    elif isinstance(value, str) and any("\ud800" <= sign <= "\udfff" for sign in value):
        raise Mistake("text", "The command line is not UTF-8 text.")
