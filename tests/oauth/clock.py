"""Making rows older: tests do not wait."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import select

from halo.ground import vault
from halo.ground.database import db, one_change
from halo.oauth.models import AuthorizationCode, Token


def age(model: Any, seconds: float, *where: Any) -> None:
    """Move every moment of the rows that are there into the past."""
    moments = [column.name for column in model.__table__.columns if column.name.endswith("_at")]
    with one_change():
        for row in db.session.scalars(select(model).where(*where)):
            for name in moments:
                if (then := getattr(row, name)) is not None:
                    setattr(row, name, then - datetime.timedelta(seconds=seconds))


def age_code(text: str, seconds: float) -> None:
    age(AuthorizationCode, seconds, AuthorizationCode.digest == vault.digest(text))


def age_token(text: str, seconds: float) -> None:
    age(Token, seconds, Token.digest == vault.digest(text))
