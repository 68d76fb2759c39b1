"""What reaches the database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from flask import Flask
from sqlalchemy import event

from halo.ground.database import db

Asked = tuple[str, Any]
"""A statement and its parameters, as the driver got them."""


@contextlib.contextmanager
def watched(app: Flask) -> Iterator[list[Asked]]:
    """The statements that reach the database meanwhile."""
    seen: list[Asked] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.append((statement, parameters))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
