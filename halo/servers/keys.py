"""The keys with which this Halo signs what it states of a call (`halo.servers.assertion`).

One is made at the first use, and a new one every month. A new key is published for a day before it signs, because those
who check keep the list for a while; an old one stays in the list until nothing that it signed can be good any more.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import orjson
from joserfc.jwk import ECKey
from sqlalchemy import select

from halo.ground import vault
from halo.ground.database import db, now, one_change
from halo.ground.errors import HaloError
from halo.ground.per_app import PerApp
from halo.servers import assertion
from halo.servers.models import AssertionKey

log = logging.getLogger("halo.servers")
SIGNS = timedelta(days=30)
AHEAD = timedelta(days=1)
"""That a key stands in the list before it signs: as long as anybody may keep the list."""
KEPT_SECONDS = 300
"""That a process signs with a key before it looks whether there is a newer one; far less than `AHEAD`."""


class _Signing(NamedTuple):
    key: ECKey
    until: float


class _Kept:
    """The key that this process signs with."""

    held: _Signing | None = None


_kept: PerApp[_Kept] = PerApp(_Kept)


def signing() -> ECKey:
    """The key to sign with now."""
    kept = _kept.get()
    if kept.held is None or time.monotonic() > kept.held.until:
        kept.held = _Signing(_chosen(_readable(_rows())) or _made(), time.monotonic() + KEPT_SECONDS)
    return kept.held.key


def published() -> dict[str, Any]:
    """The public halves of all that may have signed something that is good (RFC 7517); one at least."""
    keys = [key for _, key in _readable(_rows())]
    return assertion.published(keys or [signing()])


def rotate() -> None:
    """Make the next key where the newest has signed for long enough, and forget those whose time is over."""
    at = now()
    with one_change() as session:
        rows = _rows()
        if rows and rows[0].made_at + SIGNS <= at:
            for row in rows:
                row.retires_at = row.retires_at or at + 2 * AHEAD
            session.add(_row(assertion.new_key()))
        for row in rows:
            if row.retires_at is not None and row.retires_at <= at:
                session.delete(row)


def _rows() -> Sequence[AssertionKey]:
    """The newest first."""
    return db.session.scalars(select(AssertionKey).order_by(AssertionKey.made_at.desc(), AssertionKey.kid)).all()


def _readable(rows: Sequence[AssertionKey]) -> list[tuple[AssertionKey, ECKey]]:
    found = []
    for row in rows:
        try:
            found.append((row, ECKey.import_key(orjson.loads(vault.open(row.sealed)))))
        except HaloError:
            log.warning("a key for statements about calls was sealed with a secret that this Halo no longer has")
    return found


def _chosen(keys: list[tuple[AssertionKey, ECKey]]) -> ECKey | None:
    """The newest that was published for long enough; where none was, the oldest."""
    known = [key for row, key in keys if row.made_at + AHEAD <= now()]
    return known[0] if known else keys[-1][1] if keys else None


def _made() -> ECKey:
    """The first; where another process was faster, that one's."""
    with one_change() as session:
        found = _chosen(_readable(_rows()))
        if found is None:
            found = assertion.new_key()
            session.add(_row(found))
    return found


def _row(key: ECKey) -> AssertionKey:
    return AssertionKey(kid=key.kid, sealed=vault.seal(orjson.dumps(key.as_dict(private=True)).decode()))
