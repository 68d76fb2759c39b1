"""The queue between who knows that a row is due and the worker: Huey's, holding nothing that may not be lost.

Huey's own storages do for all three: a SQLite file in the instance folder, the PostgreSQL of `DATABASE_URL` (its
`PostgresStorage`, over psycopg, that Halo has anyway; `huey.contrib.sql_huey` would bring peewee for the same), or the
Redis of `REDIS_URL`. What is sent is JSON: Huey's pickles would let whoever can write into the queue run code here.

Every message says "look at this row". One too many costs a look, one that is lost costs half a minute.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import orjson
from huey import Huey
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import PostgresStorage, RedisStorage, SqliteStorage
from redis import ConnectionPool
from sqlalchemy.engine import Engine

from halo.ground import limits, settings
from halo.ground.database import postgres, postgres_url
from halo.ground.settings import Settings

FILE = "jobs.sqlite3"
"""In the instance folder."""
REDIS = ("redis", "rediss", "unix")
"""Schemes of `REDIS_URL` that Huey's storage can be opened with; with others the queue is the database's."""
REDIS_SECONDS = 2
"""For Redis to take or give something; a worker waits one second at a time for the next message."""
Look = Callable[[str, str], object]


class Json(Serializer):  # type: ignore[misc]
    """Messages that hold values only."""

    def _serialize(self, data: Message) -> bytes:
        return orjson.dumps(list(data))

    def _deserialize(self, data: bytes) -> Message:
        return Message(*orjson.loads(data))


class Queue:
    """The queue beside a database; `look(job, row_id)` is what a worker does with a message."""

    def __init__(self, engine: Engine, look: Look | None = None) -> None:
        kind, options = _storage(engine, settings.current())
        name = f"halo{hashlib.sha256(engine.url.render_as_string().encode()).hexdigest()[:8]}"
        self.huey = Huey(name, results=False, serializer=Json(), storage_class=kind, **options)
        self._send = self.huey.task(name="look")(_looking(look or _nothing))

    def send(self, job: str, row_id: str) -> bool:
        """Have a worker look at the row; False where so many wait that the sweep is left to find it."""
        if self.huey.storage.queue_size() >= limits.JOB_NUDGES:
            return False
        self._send(job, row_id)
        return True

    def size(self) -> int:
        """How many messages wait."""
        return int(self.huey.storage.queue_size())

    def close(self) -> None:
        """Give up the connection."""
        self.huey.storage.close()


def _looking(look: Look) -> Look:
    """The same as a function of this module: Huey names a task by where its function stands, and whoever sends has
    another one than whoever works."""

    def looking(job: str, row_id: str) -> None:
        look(job, row_id)

    return looking


def _nothing(_job: str, _row_id: str) -> None:
    """In a process that only sends."""


def _storage(engine: Engine, held: Settings) -> tuple[type[Any], dict[str, Any]]:
    if urlsplit(held.redis_url).scheme in REDIS:
        waits = {"socket_timeout": REDIS_SECONDS, "socket_connect_timeout": REDIS_SECONDS}
        return RedisStorage, {"connection_pool": ConnectionPool.from_url(held.redis_url, **waits)}
    if engine.dialect.name == "sqlite":
        return SqliteStorage, {"filename": str(held.instance / FILE), "fsync": False, "cache_mb": 0}
    url = postgres_url(engine)

    def connect() -> postgres.Connection:
        return postgres.Connection.connect(url, options=postgres.STATEMENTS)

    return PostgresStorage, {"connection": connect, "create_tables": False}
