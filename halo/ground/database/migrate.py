"""The schema's history: bring a database to the newest revision, ask where it stands, go back.

On the command line: `flask db`. Alembic is imported only when there is something to do, so that a start with a current
schema does not pay for it: `alembic.script` would read the revisions too, in 300 ms where two regular expressions take
two, for it imports every one of them with Alembic and Mako.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import Connection
from sqlalchemy.pool import NullPool

from halo.ground.database import derived

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).resolve().parents[3] / "migrations"
_REVISION = re.compile(r'^(revision|down_revision)\b[^=]*= *(?:"(\w+)"|None)', re.MULTILINE)


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at `url` forward to the revision, and at the newest write what follows from its rows."""
    from alembic import command

    command.upgrade(_config(url), revision)
    with create_engine(url, poolclass=NullPool).begin() as connection:
        if is_current(connection):
            derived.write(connection)


def downgrade(url: str, revision: str) -> None:
    """Take the database at `url` back to the revision (`base` for before the first)."""
    from alembic import command

    command.downgrade(_config(url), revision)


def write_revision(url: str, why: str) -> None:
    """Write a new file under migrations/versions with what the models have and the database at `url` lacks."""
    from alembic import command

    number = f"{int(head()) + 1:04}"
    command.revision(_config(url), message=why, autogenerate=True, rev_id=number)


@cache
def head() -> str:
    """The newest revision: the one that no other follows."""
    revisions = _revisions()
    (newest,) = set(revisions) - set(revisions.values())
    return newest


def below(revision: str | None) -> list[str]:
    """The revisions before this one, the newest first."""
    revisions, found = _revisions(), []
    while revision := revisions.get(revision or ""):
        found.append(revision)
    return found


def is_below(wanted: str, revision: str | None) -> bool:
    """Whether one can go back to `wanted` from this revision; where one stands is no way."""
    return wanted in ("base", *below(revision), revision)


@cache
def _revisions() -> dict[str, str]:
    """Each revision with the one before it, empty for the first; read without Alembic."""
    found = [dict(_REVISION.findall(file.read_text())) for file in (FOLDER / "versions").glob("*.py")]
    return {each["revision"]: each.get("down_revision", "") for each in found}


def current(connection: Connection) -> str | None:
    """The revision that the database stands at; None for one that Halo never saw."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return str(row[0]) if row else None


def is_current(connection: Connection) -> bool:
    """Whether the database has the schema that this code expects."""
    return current(connection) == head()


def ensure(url: str) -> bool:
    """Bring the database to the newest revision if it is not there; says whether anything was done."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        if is_current(connection):
            return False
    upgrade(url)
    return True


def _config(url: str) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["url"] = url
    return config
