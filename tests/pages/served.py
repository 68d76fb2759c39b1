"""Halo as the theatre serves it: a page says in a header what it is made of, and a few addresses break.

`flask serve` with `FLASK_APP=tests.pages.served:create` serves this instead of `app`.
"""

from __future__ import annotations

from typing import Any, Never

import click
from flask import Flask, Response, g, template_rendered

from halo import create_app, web
from halo.ground.errors import Busy, Denied, Reason, UpstreamFailed
from halo.serve import serve, web_worker
from halo.web import OPEN, door

MADE_OF = "Halo-Templates"
"""The header with the names of the templates that an answer was rendered from."""


def create() -> Flask:
    """The app of the command line, whose `serve` is the theatre's."""
    app = create_app()
    app.cli.add_command(serve_command)
    return app


class Loader(web_worker.Loader):
    """What Halo's own loader makes in a worker, furnished."""

    def __call__(self) -> Any:
        return furnished(super().__call__())


def furnished(app: Flask) -> Flask:
    """The app with the header and the addresses."""
    template_rendered.connect(_note, app)
    app.after_request(_say)
    app.add_url_rule("/breaks/too-fast", view_func=_break_off)
    app.add_url_rule("/breaks/inside", view_func=_break_inside)
    app.add_url_rule("/breaks/crowd", view_func=_break_crowd)
    app.add_url_rule("/breaks/elsewhere", view_func=_break_elsewhere)
    return app


def _note(_app: Flask, template: Any, **_: Any) -> None:
    g.setdefault("templates", []).append(template.name)


def _say(response: Response) -> Response:
    if made_of := g.get("templates"):
        response.headers[MADE_OF] = " ".join(made_of)
    return response


@door(OPEN)
def _break_crowd() -> Never:
    raise Busy("Many people are signing in at this moment.", retry_after=2)


@door(OPEN)
def _break_off() -> Never:
    raise Denied(Reason.rate_limited)


@door(OPEN)
def _break_inside() -> Never:
    raise RuntimeError("on purpose, to see the page")


@door(OPEN)
def _break_elsewhere() -> Never:
    raise UpstreamFailed("http", "The documentation server does not answer.")


@click.command("serve")
def serve_command() -> None:
    """Serve with the settings of the environment."""
    serve(web.settings(), loader=Loader(web.settings()))
