"""The image of an application's logo, from Halo's own address, for people who are signed in."""

from __future__ import annotations

from typing import Any

from halo import web
from halo.apps.endpoints import blueprint
from halo.oauth import logos
from halo.web import PERSON, door

BLANK = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\0\0\0!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
"""One transparent dot, through which the initials behind it are seen; browsers draw a torn picture for an error."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@blueprint.get("/dashboard/logos/<uuid:client_row_id>")
@door(PERSON)
def logo(client_row_id: object) -> Any:
    """The picture; where it cannot be had, a transparent one."""
    kept = logos.get(str(client_row_id), settings=web.settings())
    if kept is None:
        return BLANK, 200, {**HEADERS, "Content-Type": "image/gif", "Cache-Control": "private, max-age=600"}
    return kept.image, 200, {**HEADERS, "Content-Type": kept.kind, "Cache-Control": "private, max-age=86400"}
