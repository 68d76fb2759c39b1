"""Files under static/: their addresses, which change with them, and gzip for whoever takes it."""

from __future__ import annotations

from pathlib import Path

from flask import Response, current_app, request, url_for

from halo import compressed


def static_url(path: str) -> str:
    """The address of a file under static/, with its age in the query so that browsers keep it for a year."""
    file = Path(str(current_app.static_folder)) / path
    stamp = int(file.stat().st_mtime) if file.is_file() else 0
    return url_for("static", filename=path, v=stamp)


def compress(response: Response) -> Response:
    """Texts under static/ gzipped, for whoever takes that."""
    if request.endpoint != "static" or response.status_code != 200 or not request.accept_encodings.quality("gzip"):
        return response
    name = (request.view_args or {})["filename"]
    body = compressed.gzipped(Path(str(current_app.static_folder)) / name)
    if body is not None:
        response.close()  # the file that would have been streamed
        response.direct_passthrough = False
        response.set_data(body)
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    return response
