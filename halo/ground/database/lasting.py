"""The session of a request, which always ends: behind the answer nothing may fail any more."""

from __future__ import annotations

from flask_sqlalchemy.session import Session
from sqlalchemy.exc import DBAPIError


class LastingSession(Session):
    """A session that always ends: what a cut connection can no longer take back is over with it.

    The end of a request closes its session behind the answer; a failure there would put a 500 in the answer's place.
    """

    def rollback(self) -> None:
        """Take back what was begun."""
        try:
            super().rollback()
        except DBAPIError:
            self.invalidate()

    def close(self) -> None:
        """Give the connection back."""
        try:
            super().close()
        except DBAPIError:
            self.invalidate()
