"""Apps for tests: one for each worker and database, as good as new for every test, and others of a test's own.

Making an app costs more than most tests: two hundred routes, templates and statements to compile. `as_new` is all that
brings the worker's app back: what it keeps (`halo.ground.per_app`: caches, counters, connections) is ended and made
anew by whoever asks, and its configuration is what it was. Its rows are the store's business (`tests.support.stores`).
"""

from __future__ import annotations

from typing import Any

from flask import Flask

from tests.support import compiled
from tests.support.stores import Store, close, forget

_apps: dict[str, Flask] = {}
_configured: dict[str, dict[str, Any]] = {}


def of_its_own(store: Store, **settings: Any) -> Flask:
    """A new app on the store, with settings of the test's own; whoever asks closes it."""
    from halo import create_app

    app = create_app(store.settings(**settings))
    app.testing = True
    app.jinja_env.bytecode_cache = compiled.TEMPLATES
    return app


def of_the_worker(store: Store) -> Flask:
    """The app that this worker keeps for the store's kind of database.

    It has answered a request, so that Flask refuses a test that would add a route to what others use.
    """
    app = _apps.get(store.kind)
    if app is None:
        app = _apps[store.kind] = of_its_own(store)
        app.test_client().get("/healthz")
        _configured[store.kind] = dict(app.config)
    return app


def as_new(app: Flask, kind: str) -> None:
    """Nothing that a test did to the worker's app is left in it."""
    if kind == "sqlite":  # whose file is another for the next test
        close(app)
    else:
        forget(app)
    app.config.clear()
    app.config.update(_configured[kind])


def close_all() -> None:
    """At the end of this worker's session."""
    while _apps:
        close(_apps.popitem()[1])
