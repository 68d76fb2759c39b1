"""`flask backup` copies a database while Halo writes to it; `flask restore` puts a copy back, and nothing is lost."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import Result

from halo import create_app
from halo.ground.database import backups, migrate
from halo.ground.errors import Mistake
from tests.support import stores

ROWS = "SELECT count(*) FROM workspaces"


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    """An instance folder with the cast in its database."""
    return stores.separate("sqlite", tmp_path / "instance").instance


def flask(instance: Path, *words: str, database_url: str = "") -> Result:
    """A `flask` command on the instance."""
    app = create_app(stores.Store("sqlite", instance, database_url).settings())
    try:
        return app.test_cli_runner().invoke(args=list(words))
    finally:
        stores.close(app)


def ask(database: Path, statement: str) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute(statement).fetchone()[0])


@contextmanager
def a_busy_writer(database: Path) -> Iterator[None]:
    """Somebody who writes two rows that belong together, over and over, and leaves them in the write-ahead log."""
    over = threading.Event()
    started = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(database, timeout=30)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE pairs (n INTEGER, filler TEXT)")
            for number in range(1_000_000):
                with connection:
                    connection.executemany("INSERT INTO pairs VALUES (?, ?)", [(number, "x" * 3000)] * 2)
                if number == 50:
                    started.set()
                if over.is_set():
                    return

    thread = threading.Thread(target=write)
    thread.start()
    assert started.wait(30)
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_copy_taken_while_others_write_is_whole_and_holds_no_half_of_a_change(instance: Path, tmp_path: Path) -> None:
    with a_busy_writer(instance / "halo.sqlite3"):
        for number in range(3):
            backups.save(instance / "halo.sqlite3", tmp_path / f"copy-{number}")
    for number in range(3):
        with closing(sqlite3.connect(tmp_path / f"copy-{number}")) as copy:
            assert backups.is_whole(copy) is None
            assert copy.execute("SELECT count(*) FROM pairs GROUP BY n HAVING count(*) <> 2").fetchall() == []
    assert ask(tmp_path / "copy-2", "SELECT count(*) FROM pairs") >= 100


def test_the_commands_bring_back_what_was_lost(instance: Path, tmp_path: Path) -> None:
    database, copy = instance / "halo.sqlite3", tmp_path / "halo.backup"
    before = ask(database, ROWS)
    saved = flask(instance, "backup", str(copy))
    assert (saved.exit_code, saved.stderr) == (0, "")
    assert f"at {migrate.head()}" in saved.stdout
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    database.write_bytes(database.read_bytes()[:8192])
    done = flask(instance, "restore", str(copy))
    assert (done.exit_code, done.stderr) == (0, "")
    assert ask(database, ROWS) == before
    assert any(path.name.startswith("halo.sqlite3.until-") for path in instance.iterdir()), "what was there is gone"


def test_doctor_sees_a_torn_database(instance: Path) -> None:
    database = instance / "halo.sqlite3"
    sound = flask(instance, "doctor").stdout
    assert f"ok\tThe database answers and is at {migrate.head()}." in sound
    size = database.stat().st_size
    with database.open("r+b") as file:
        file.seek(size // 2)
        file.write(os.urandom(size // 4))
    torn = flask(instance, "doctor")
    assert torn.exit_code == 1
    assert "The database is damaged" in torn.stdout or "The database does not answer" in torn.stdout


def test_nobody_restores_under_a_halo_that_runs(instance: Path, tmp_path: Path) -> None:
    database = instance / "halo.sqlite3"
    backups.save(database, tmp_path / "copy")
    with closing(sqlite3.connect(database)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        assert other.execute(ROWS).fetchone()
        with pytest.raises(Mistake, match="is in use: stop Halo first"):
            backups.restore(tmp_path / "copy", database)
        assert other.execute(ROWS).fetchone()
    assert not list(instance.glob(".*unfinished*"))


def _not_there(path: Path) -> None: ...


def _no_database(path: Path) -> None:
    path.write_text("hello")


def _of_another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE notes (text)")


def _of_a_newer_release(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
        connection.commit()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_not_there, "There is no file"),
        (_no_database, "is no database of Halo"),
        (_of_another_program, "is no database of Halo"),
        (_of_a_newer_release, "which this release does not know"),
    ],
)
def test_what_is_no_copy_replaces_nothing(instance: Path, tmp_path: Path, make: object, words: str) -> None:
    assert callable(make)
    make(tmp_path / "copy")
    before = (instance / "halo.sqlite3").read_bytes()
    done = flask(instance, "restore", str(tmp_path / "copy"))
    assert done.exit_code == 1
    assert words in done.stderr and "Traceback" not in done.stderr
    assert (instance / "halo.sqlite3").read_bytes() == before


def test_a_copy_overwrites_nothing(instance: Path, tmp_path: Path) -> None:
    (tmp_path / "copy").write_text("precious")
    done = flask(instance, "backup", str(tmp_path / "copy"))
    assert done.exit_code == 1 and "is there already" in done.stderr
    assert (tmp_path / "copy").read_text() == "precious"


def test_a_folder_that_cannot_be_written_is_a_sentence(instance: Path, tmp_path: Path) -> None:
    done = flask(instance, "backup", str(tmp_path / "no" / "such" / "copy"))
    assert done.exit_code == 1 and "cannot be written" in done.stderr and "Traceback" not in done.stderr


def test_postgresql_has_its_own_way(instance: Path, tmp_path: Path) -> None:
    done = flask(instance, "backup", str(tmp_path / "copy"), database_url="postgresql://halo@127.0.0.1:1/halo")
    assert done.exit_code == 1 and "pg_dump" in done.stderr
