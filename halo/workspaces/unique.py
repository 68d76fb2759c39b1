"""Two people may choose the same name at the same moment; the database decides who was first."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from sqlalchemy.exc import IntegrityError

from halo.ground.errors import Mistake


@contextlib.contextmanager
def taken(field: str, message: str) -> Iterator[None]:
    """Turn the refusal of a second row with the same value into a `Mistake`."""
    try:
        yield
    except IntegrityError:
        raise Mistake(field, message) from None
