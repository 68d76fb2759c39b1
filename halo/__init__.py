"""Halo: a support platform that speaks the Model Context Protocol on both sides.

`create_app` is the table of contents. A request's story is told by the spine: `web.come_in` -> `authenticate` ->
`gate` -> `perform` -> `ledger.writer`; the folders beside it are the features, and `halo/wiring.py` is what the upper
ones tell the lower ones.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from flask import Flask

from halo import authenticate, cli, web
from halo.ground import database, per_app
from halo.ground.settings import Settings
from halo.ground.telemetry import door
from halo.oauth import scripts
from halo.web import hosts, navigation

__version__ = "0.1.0"

ROOT = Path(__file__).parent.parent
SLICES = (
    "workspaces",
    "documents",
    "health",
    "contacts",
    "oauth",
    "palette",
    "audit",
    "external",
    "mcp",
    "consent",
    "agents",
    "connect",
    "operators",
    "apps",
    "styleguide",
    "home",
)
"""Features with doors; each has a `views.py` with a `blueprint`."""
JOBS = ("ledger", "flags", "oauth", "audit", "servers")
"""Rooms with work that nobody waits for; each has a `jobs.py` that declares it (`halo.jobs`)."""


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application with these settings, or those of the environment."""
    settings = settings or Settings.from_environment()
    app = create_worker(settings)
    web.init_app(app, settings, authenticate.by_cookie, scripts.by_token)
    navigation.init_app(app)
    for name in SLICES:
        app.register_blueprint(import_module(f"halo.{name}.views").blueprint)
    if settings.production:
        app.wsgi_app = hosts.OwnHost(app.wsgi_app, settings)  # type: ignore[method-assign]
    app.wsgi_app = door.Watched(app.wsgi_app, settings)  # type: ignore[method-assign]
    cli.init_app(app)
    return app


def create_worker(settings: Settings) -> Flask:
    """The same without a door: what a job needs to reach the database."""
    app = Flask("halo", root_path=str(ROOT), template_folder="templates", static_folder="static")
    app.extensions["halo"] = settings
    per_app.begin(app)
    database.init_app(app, settings)
    import_module("halo.wiring").wire()
    for name in JOBS:
        import_module(f"halo.{name}.jobs")
    return app
