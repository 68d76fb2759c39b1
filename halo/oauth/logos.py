"""Logos of applications: fetched by Halo, kept in the database, and sent to people from Halo's own address.

Never hot-linked: the vendor would learn who looks at which page and when, and pages load images from Halo alone. What
an application says of itself proves nothing, and a registration could borrow any logo, so that a logo is shown only
where somebody else vouches for it:

- the client has a metadata document (CIMD), and the logo stands on the document's own host, or the document is on our
  checked list;
- or it registered itself, answers at nothing but addresses of one vendor on our checked list, and the logo stands on a
  host of that vendor.

Everybody else keeps initials, and so does whose logo cannot be had. Pages never wait: they name the address of the
image, and the request for the image fetches it where it is new or a week old. A failure is remembered for an hour.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import select

from halo.ground.database import db, insert_into, now, one_change
from halo.ground.errors import NotFound, UpstreamFailed
from halo.ground.outbound import small
from halo.ground.settings import Settings
from halo.oauth import known_clients
from halo.oauth.models import ClientLogo, OAuthClient

BYTES = 64_000
SECONDS = 3.0
AT_ONCE = 4
"""Logos that a process fetches at the same time; whoever comes fifth sees initials and asks again later."""
FRESH = datetime.timedelta(days=7)
FORGIVEN = datetime.timedelta(hours=1)
"""How long a failure is remembered."""
KINDS = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
}
"""What is taken, with the bytes that it begins with; no SVG, which is a document that can run."""
_pictures = small.SmallReader(", ".join(KINDS), seconds=SECONDS, most_bytes=BYTES, at_once=AT_ONCE)


@dataclass(frozen=True)
class Logo:
    """A logo that a page may name."""

    client_row_id: str
    is_here: bool
    """Whether it is kept already, so that nothing has to stand behind it."""


def of_clients(clients: Iterable[OAuthClient]) -> dict[str, Logo]:
    """The logos that may be shown, by the client's row; whoever is absent has initials."""
    wanted = {client.id: address for client in clients if (address := address_of(client))}
    if not wanted:
        return {}
    columns = (ClientLogo.client_row_id, ClientLogo.address, ClientLogo.kind, ClientLogo.fresh_until)
    rows = db.session.execute(select(*columns).where(ClientLogo.client_row_id.in_(wanted)))
    kept = {row.client_row_id: row for row in rows if row.address == wanted[row.client_row_id]}
    failed = {row_id for row_id, row in kept.items() if not row.kind and row.fresh_until > now()}
    return {it: Logo(it, it in kept and bool(kept[it].kind)) for it in wanted if it not in failed}


def address_of(client: OAuthClient) -> str | None:
    """Where the client's logo stands, if somebody besides the client vouches for it."""
    said = str(client.details.get("logo_uri") or "")
    if not said:
        return None
    if client.kind == "cimd":
        is_own = _origin(said) == _origin(client.client_id)
        return said if is_own or known_clients.by_document(client) else None
    vendor = known_clients.by_answers(client)
    return said if vendor and _origin(said) in {("https", host) for host in vendor.hosts} else None


def get(client_row_id: str, *, settings: Settings) -> ClientLogo | None:
    """The client's logo, fetched where it is not here or too old; None where it cannot be had.

    Raises NotFound for a client without a logo that may be shown, which no page names.
    """
    client = db.session.get(OAuthClient, client_row_id)
    address = address_of(client) if client else None
    if address is None:
        raise NotFound("logo")
    kept = db.session.get(ClientLogo, client_row_id)
    if kept is not None and kept.address != address:
        kept = None
    if kept is None or kept.fresh_until <= now():
        kept = _renewed(client_row_id, address, kept, settings)
    return kept if kept and kept.kind else None


def _renewed(client_row_id: str, address: str, kept: ClientLogo | None, settings: Settings) -> ClientLogo | None:
    """What is kept from now on; a logo that was fetched before outlives an outage of its vendor."""
    try:
        kind, image, lasts = *_fetched(address, settings), FRESH
    except small.Crowded:
        return kept
    except UpstreamFailed:
        kind, image, lasts = (kept.kind, kept.image, FORGIVEN) if kept else ("", b"", FORGIVEN)
    values = {"address": address, "kind": kind, "image": image, "fresh_until": now() + lasts}
    statement = insert_into(ClientLogo).values(client_row_id=client_row_id, **values)
    with one_change() as session:
        session.execute(statement.on_conflict_do_update(index_elements=[ClientLogo.client_row_id], set_=values))
    return db.session.get(ClientLogo, client_row_id, populate_existing=True)


def _fetched(address: str, settings: Settings) -> tuple[str, bytes]:
    """(kind, image); raises `UpstreamFailed` for whatever is not a small picture."""
    found = _pictures.read(address, settings)
    kind = found.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not _is(kind, found.body):
        raise UpstreamFailed("protocol", "It is not a picture of a kind that is shown.")
    return kind, found.body


def _is(kind: str, image: bytes) -> bool:
    """Whether the bytes are what the header says they are."""
    return image.startswith(KINDS.get(kind, ())) and (kind != "image/webp" or image[8:12] == b"WEBP")


def _origin(url: str) -> tuple[str, str]:
    """Scheme and host, with the port where one is named."""
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.lower()
