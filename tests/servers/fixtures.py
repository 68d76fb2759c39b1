"""Fixtures of tests about connected servers, for the folders that have such (their `conftest.py` names them)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from flask import Flask

from tests import cast
from tests.external.scripts import shop, switch_on
from tests.servers.issuing import Issuing, issuing
from tests.servers.real import Real, everything, on_sdk
from tests.servers.upstream import Theirs


@pytest.fixture
def inside(app: Flask) -> Iterator[None]:
    """The app's context, with connected servers switched on in both workspaces."""
    with app.app_context():
        switch_on(cast.ACME, cast.UMBRA)
        yield


@pytest.fixture
def upstream() -> Iterator[Theirs]:
    with shop() as server:
        yield server


@pytest.fixture
def issuer() -> Iterator[Issuing]:
    with issuing() as made:
        yield made


@pytest.fixture(scope="module")
def servers(sdk_python: Callable[[str], str]) -> Iterator[dict[str, Real]]:
    """Other people's servers, begun side by side."""
    with ExitStack() as stack:
        yield {
            "everything": stack.enter_context(everything()),
            "1.30.0": stack.enter_context(on_sdk(sdk_python("1.30.0"))),
            "2": stack.enter_context(on_sdk(sys.executable)),
        }
