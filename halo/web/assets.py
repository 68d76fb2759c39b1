"""Files under static/ and pages as they go out: addresses that change with the bytes, and gzip without a build step.

Pages carry secrets beside text that others choose, so their length must not tell (BREACH): forms have another token on
every page, the header of the gzip is as long as chance will have it, and what shows a secret is not compressed.

Neither WhiteNoise nor Flask-Compress does this. The first has addresses by content for Django only, wants the
compressed files on the disk, and answers before the hooks, so that every header would be said twice. The second touches
the headers of every answer, those of `/api/mcp` too, sends gzip to whoever refuses it with `q=0`, and knows no noise.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import secrets
from functools import lru_cache
from pathlib import Path

from flask import Response, current_app, g, request, url_for

TEXTS = frozenset({".css", ".js", ".svg"})
SMALLEST = 1000
"""Bytes of a page below which compression would save no packet."""
YEAR = 365 * 86400
_LEVEL = 6
_PAGE_LEVEL = 4
_MOST_PADDING = 96


def static_url(path: str) -> str:
    """The address of a file under static/, with a digest of its bytes in the query so that browsers keep it for a year.

    Made once a page: every icon asks for the address of the same sprite.
    """
    made: dict[str, str] = g.setdefault("static_urls", {})
    if path not in made:
        made[path] = url_for("static", filename=path, v=stamp(path))
    return made[path]


def stamp(path: str) -> str:
    """The digest of a file under static/; empty where there is none."""
    file = _file(path)
    return _digest(file, file.stat().st_mtime_ns) if file.is_file() else ""


def keep_plain() -> None:
    """This page shows a secret: it goes out as it is, so that its length tells nothing of it (BREACH)."""
    g.is_kept_plain = True


def send(filename: str) -> Response:
    """A file under static/: kept for a year under an address that says which bytes are meant, else asked for again.

    While a release rolls out, the old process is asked under the new address: its bytes must not stay there.
    """
    response = current_app.send_static_file(filename)
    if "@" in filename or request.args.get("v") == stamp(filename):  # a vendor's folder has its version in its name
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    return response


def pack(response: Response) -> Response:
    """Texts under static/ and pages gzipped, for whoever takes that."""
    is_file = request.endpoint == "static"
    if g.get("is_kept_plain") or not (is_file or response.mimetype == "text/html"):
        return response
    response.vary.add("Accept-Encoding")
    if response.status_code == 304 or not request.accept_encodings.quality("gzip"):
        return response
    body = _packed_file(response) if is_file else _packed_page(response)
    if body is not None:
        response.set_data(body)
        response.headers["Content-Encoding"] = "gzip"
    return response


def _name() -> str:
    return str((request.view_args or {})["filename"])


def _file(path: str) -> Path:
    return Path(str(current_app.static_folder)) / path


def _packed_page(response: Response) -> bytes | None:
    if response.is_streamed or len(plain := response.get_data()) < SMALLEST:
        return None
    packed = io.BytesIO()
    padding = "x" * secrets.randbelow(_MOST_PADDING)
    with gzip.GzipFile(padding, "wb", _PAGE_LEVEL, packed, mtime=0) as file:
        file.write(plain)
    return packed.getvalue()


def _packed_file(response: Response) -> bytes | None:
    file = _file(_name())
    if response.status_code != 200 or file.suffix not in TEXTS:
        return None
    etag, _ = response.get_etag()
    response.set_etag(str(etag), weak=True)  # the same text in other bytes
    response.close()  # the file that would have been streamed
    response.direct_passthrough = False
    return _gzipped(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=128)
def _digest(file: Path, _age: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


@lru_cache(maxsize=128)
def _gzipped(file: Path, _age: int) -> bytes:
    return gzip.compress(file.read_bytes(), _LEVEL, mtime=0)
