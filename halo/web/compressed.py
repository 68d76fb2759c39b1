"""What goes out gzipped: files under static/, once and kept, and pages; small without a build step.

Pages are compressed as they go out. They carry secrets beside text that others choose, so their length must not tell
(BREACH): forms have another token on every page, and the header of the gzip is as long as chance will have it.
"""

from __future__ import annotations

import gzip
import io
import secrets
from functools import lru_cache
from pathlib import Path

TEXTS = frozenset({".css", ".js", ".svg"})
SMALLEST = 1000
"""Bytes of a page below which compression would save no packet."""
_LEVEL = 6
_PAGE_LEVEL = 4
_MOST_PADDING = 96


def gzipped(file: Path) -> bytes | None:
    """The file's bytes for `Content-Encoding: gzip`; None for what is compressed already."""
    return _gzipped(file, file.stat().st_mtime_ns) if file.suffix in TEXTS else None


@lru_cache(maxsize=128)
def _gzipped(file: Path, _age: int) -> bytes:
    return gzip.compress(file.read_bytes(), _LEVEL, mtime=0)


def page(body: bytes) -> bytes:
    """A page's bytes for `Content-Encoding: gzip`, of a length that varies by chance."""
    packed = io.BytesIO()
    padding = "x" * secrets.randbelow(_MOST_PADDING)
    with gzip.GzipFile(padding, "wb", _PAGE_LEVEL, packed, mtime=0) as file:
        file.write(body)
    return packed.getvalue()
