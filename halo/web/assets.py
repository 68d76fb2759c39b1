"""Files under static/: their addresses, which change with them, and gzip for them and for pages."""

from __future__ import annotations

from pathlib import Path

from flask import Response, current_app, g, request, url_for

from halo.web import compressed


def static_url(path: str) -> str:
    """The address of a file under static/, with its age in the query so that browsers keep it for a year.

    Made once a page: every icon asks for the address of the same sprite.
    """
    made: dict[str, str] = g.setdefault("static_urls", {})
    if path not in made:
        file = Path(str(current_app.static_folder)) / path
        stamp = int(file.stat().st_mtime) if file.is_file() else 0
        made[path] = url_for("static", filename=path, v=stamp)
    return made[path]


def keep_plain() -> None:
    """This page shows a secret: it goes out as it is, so that its length tells nothing of it (BREACH)."""
    g.is_kept_plain = True


def compress(response: Response) -> Response:
    """Texts under static/ and pages gzipped, for whoever takes that."""
    if g.get("is_kept_plain"):
        return response
    is_page = response.mimetype == "text/html" and request.endpoint != "static"
    if not is_page and request.endpoint != "static":
        return response
    response.vary.add("Accept-Encoding")
    if response.status_code == 304 or not request.accept_encodings.quality("gzip"):
        return response
    body = _packed_page(response) if is_page else _packed_file(response)
    if body is not None:
        response.set_data(body)
        response.headers["Content-Encoding"] = "gzip"
    return response


def _packed_page(response: Response) -> bytes | None:
    if response.is_streamed or len(plain := response.get_data()) < compressed.SMALLEST:
        return None
    return compressed.page(plain)


def _packed_file(response: Response) -> bytes | None:
    if response.status_code != 200:
        return None
    name = (request.view_args or {})["filename"]
    body = compressed.gzipped(Path(str(current_app.static_folder)) / name)
    if body is not None:
        response.close()  # the file that would have been streamed
        response.direct_passthrough = False
    return body
