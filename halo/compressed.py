"""Files under static/, gzipped once and kept: what a browser loads stays small without a build step.

Only files: pages carry the form's token beside text that callers choose, which compression would give away (BREACH).
"""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path

TEXTS = frozenset({".css", ".js", ".svg"})
_LEVEL = 6


def gzipped(file: Path) -> bytes | None:
    """The file's bytes for `Content-Encoding: gzip`; None for what is compressed already."""
    return _gzipped(file, file.stat().st_mtime_ns) if file.suffix in TEXTS else None


@lru_cache(maxsize=128)
def _gzipped(file: Path, _age: int) -> bytes:
    return gzip.compress(file.read_bytes(), _LEVEL, mtime=0)
