"""The image of an application's logo, from Halo's own address, for people who are signed in."""

from __future__ import annotations

from typing import Any

from halo import web
from halo.errors import NotFound
from halo.oauth import logos
from halo.oauth.endpoints import blueprint
from halo.web import PERSON, door

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@blueprint.get("/dashboard/logos/<uuid:client_row_id>")
@door(PERSON)
def logo(client_row_id: object) -> Any:
    """The picture, or nothing: initials stand on the page behind it."""
    try:
        kept = logos.get(str(client_row_id), settings=web.settings())
    except NotFound:
        return "", 404, {**HEADERS, "Content-Type": "text/plain", "Cache-Control": "private, max-age=600"}
    return kept.image, 200, {**HEADERS, "Content-Type": kept.kind, "Cache-Control": "private, max-age=86400"}
