"""The log: one JSON object a line for machines, or words for a person at a terminal (`HALO_LOG`).

Three promises hold for every module's `log`, without its doing: a line says whose request it belongs to; a fault that
an operator has to expect (the database is away, the disk is full) is one line and no traceback; and what goes wrong a
thousand times a second is said a few times and then counted, so that a log cannot fill the disk that is full already.
"""

from __future__ import annotations

import datetime
import errno
import json
import logging
import threading
import time
from typing import Any

import orjson
from cachetools import LRUCache

from halo.ground import limits
from halo.ground.telemetry import here

EXPECTED = frozenset({"OperationalError", "InterfaceError", "RedisError", "ConnectionError", "TimeoutError"})
"""Classes of exceptions, by name, that tell of the world and not of our code: of the drivers of both databases,
SQLAlchemy, Redis and connections. Sub-classes count."""
EXPECTED_ERRNO = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE})
"""The same of the operating system: the disk is full, read-only or broken, and too many files are open."""
_CONTROL = {number: f"\\x{number:02x}" for number in (*range(32), 127)}


def config(kind: str) -> dict[str, Any]:
    """For `logging.config.dictConfig`: everything to stderr, as `json` or `words`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": JsonLines if kind == "json" else Words}},
        "filters": {"brief": {"()": Brief}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["brief"]}},
        "root": {"level": "INFO", "handlers": ["stderr"]},
        "loggers": {
            # Granian's own news would bury ours: only what went wrong.
            "_granian": {"level": "ERROR", "handlers": ["stderr"], "propagate": False},
            "granian.access": {"level": "ERROR", "handlers": ["stderr"], "propagate": False},
            "httpx": {"level": "WARNING"},
            "alembic": {"level": "WARNING"},
        },
    }


class Brief(logging.Filter):
    """Turns expected faults into one line, and repetition into a number."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._said: LRUCache[tuple[str, str], tuple[float, int]] = LRUCache(limits.LOG_SENTENCES)
        """(logger, sentence before its arguments) -> (end of its stretch, lines in it)."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno >= logging.WARNING:
            before = self._left_out(record.name, str(record.msg))
            if before is None:
                return False
            if before:
                _reword(record, f"{record.getMessage()} (and {before} times before, not shown)")
        problem = record.exc_info[1] if record.exc_info else None
        if problem is not None and is_expected(problem):
            _reword(record, f"{record.getMessage()}: {_named(problem)}")
            record.exc_info = record.exc_text = None
        return True

    def _left_out(self, logger: str, sentence: str) -> int | None:
        """How many like it went unsaid before this line; None where this one does too."""
        key, now = (logger, sentence), time.monotonic()
        with self._lock:
            end, count = self._said.get(key, (0.0, 0))
            if now < end:
                self._said[key] = (end, count + 1)
                return 0 if count < limits.LOG_LINES else None
            self._said[key] = (now + limits.LOG_SECONDS, 1)
            return max(0, count - limits.LOG_LINES)


def _reword(record: logging.LogRecord, sentence: str) -> None:
    record.msg, record.args = sentence, ()


def is_expected(problem: BaseException) -> bool:
    """Whether the exception tells of the world (`EXPECTED`)."""
    return getattr(problem, "errno", None) in EXPECTED_ERRNO or any(
        kind.__name__ in EXPECTED for kind in type(problem).__mro__
    )


def _named(problem: BaseException) -> str:
    """The exception in one line: its class and the first line of what it says, which holds no statement."""
    said = str(getattr(problem, "orig", None) or problem)
    first = said.splitlines()[0][: limits.LOG_CHARACTERS] if said else ""
    return f"{type(problem).__name__}: {first}" if first else type(problem).__name__


class JsonLines(logging.Formatter):
    """One object a line, for a collector."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "at": datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **facts(record),
        }
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        try:
            return orjson.dumps(said, default=str).decode()
        except TypeError:  # text that is not Unicode: half of a surrogate pair
            return json.dumps(said, default=str)


class Words(logging.Formatter):
    """A line for a person; what a caller wrote cannot begin another."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        record.message = record.message.translate(_CONTROL)
        known = " ".join(f"{name}={value}" for name, value in facts(record).items())
        line = super().formatMessage(record)
        return f"{line} [{known}]" if known else line


def facts(record: logging.LogRecord) -> dict[str, Any]:
    """What the line is about: of the request, and of the line itself (`extra={"facts": {...}}`)."""
    request = here.current.get()
    return {**(request.facts() if request else {}), **getattr(record, "facts", {})}
