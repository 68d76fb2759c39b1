"""The schema has one truth: what the migrations build is what the models say, forwards and backwards, everywhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool

from halo.ground.database import migrate
from tests.support import stores


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return stores.empty(request.param, tmp_path / "instance").settings().sqlalchemy_url


def tables(url: str) -> set[str]:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def test_the_models_are_what_the_migrations_build(url: str) -> None:
    from alembic import command
    from alembic.util import CommandError

    migrate.upgrade(url)
    try:
        command.check(migrate._config(url))
    except CommandError as difference:
        pytest.fail(f'{difference}. Write one: flask db upgrade; flask db revision "why"', pytrace=False)


def test_every_revision_goes_down_again(url: str) -> None:
    migrate.upgrade(url)
    assert tables(url)
    migrate.downgrade(url, "base")
    assert tables(url) == set()
    migrate.upgrade(url)
    with create_engine(url, poolclass=NullPool).connect() as connection:
        assert migrate.is_current(connection)


def test_a_current_database_is_left_alone(url: str) -> None:
    assert migrate.ensure(url) is True
    assert migrate.ensure(url) is False


def test_the_head_is_read_without_alembic() -> None:
    from alembic.script import ScriptDirectory

    config: Any = migrate._config("sqlite://")
    assert migrate.head() == ScriptDirectory.from_config(config).get_current_head()


def test_a_revision_imports_nothing_of_ours() -> None:
    ours = re.compile(r"^\s*(import|from) halo\b", re.MULTILINE)
    found = [file.name for file in (migrate.FOLDER / "versions").glob("*.py") if ours.search(file.read_text())]
    assert not found, f"write the types out; the code that these import will have changed when they run: {found}"


def full_text(url: str) -> set[str]:
    """What the database keeps for full-text search, as the SQL that makes it."""
    sqlite = "SELECT sql FROM sqlite_master WHERE name LIKE 'fts_%' AND sql IS NOT NULL"
    postgresql = (
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal "
        "UNION SELECT indexdef FROM pg_indexes WHERE indexname LIKE 'fts_%' "
        "UNION SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname LIKE 'fts_%'"
    )
    with create_engine(url, poolclass=NullPool).connect() as connection:
        asked = sqlite if connection.dialect.name == "sqlite" else postgresql
        return {re.sub(r"\s+", " ", row[0]) for row in connection.execute(text(asked))}


def test_the_full_text_of_the_migrations_is_that_of_the_code(url: str) -> None:
    from halo.contacts.records import fulltext

    migrate.upgrade(url)
    migrated = full_text(url)
    assert migrated
    with create_engine(url, poolclass=NullPool).begin() as connection:
        fulltext.drop(connection)
        fulltext.create(connection)
    assert full_text(url) == migrated, (
        "halo/contacts/records/fulltext.py changed: write a revision that makes the same change"
    )
