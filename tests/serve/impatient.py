"""Halo as it is served, with less patience, so that a test of slow senders takes seconds.

`flask serve` with `FLASK_APP=tests.serve.impatient:create` serves with these limits instead of Halo's.
"""

from __future__ import annotations

from flask import Flask

from halo.ground import limits

limits.HEADER_SECONDS = 6
limits.BODY_SECONDS = 3
limits.STRANGER_WAIT_SECONDS = 1
limits.STALLED_SECONDS = 3


def create() -> Flask:
    """The app of the command line; workers inherit the limits when they are forked from it."""
    from halo import create_app

    return create_app()
