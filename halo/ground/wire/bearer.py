"""The header `Authorization` with a bearer credential (RFC 6750 section 2.1), as every door of programs reads it."""

from __future__ import annotations

from halo.ground.errors import Denied, Reason

LONGEST = 200
"""Signs of a credential that are looked at; none of ours is as long."""


def credential(header: str | None, wanted: str | None = None) -> str:
    """What stands behind `Bearer`, to `LONGEST` signs; raises `Denied(credential_missing)` for nothing and for another
    scheme, with what is `wanted` where that is given."""
    scheme, _, said = (header or "").partition(" ")
    said = said.strip()
    if scheme.lower() != "bearer" or not said:
        raise Denied(Reason.credential_missing, wanted)
    return said[:LONGEST]
