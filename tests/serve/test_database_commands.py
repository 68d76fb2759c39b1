"""`flask db` says what is wrong in a sentence, with an exit code that scripts can read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.parts import ROOT, free_port

SECRET = "a-password-that-nobody-prints"


def flask_db(instance: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = os.environ | {"HALO_ENV": "test", "HALO_INSTANCE": str(instance), "DATABASE_URL": ""} | environment
    command = [sys.executable, "-m", "flask", "--app", "app", "db", *words]
    return subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("words", [("upgrade",), ("downgrade", "base")])
def test_a_database_that_is_down_is_a_sentence(tmp_path: Path, words: tuple[str, ...]) -> None:
    url = f"postgresql://halo:{SECRET}@127.0.0.1:{free_port()}/halo"
    done = flask_db(tmp_path, *words, DATABASE_URL=url)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: The database postgresql") and "does not answer" in done.stderr
    assert "Traceback" not in done.stderr and SECRET not in done.stderr


def test_a_revision_that_is_not_there_is_a_sentence_and_nothing_is_done(tmp_path: Path) -> None:
    assert flask_db(tmp_path, "upgrade").returncode == 0
    done = flask_db(tmp_path, "downgrade", "nope")
    assert done.returncode == 2
    assert "There is no revision 'nope'" in done.stderr and "base" in done.stderr and "0001" in done.stderr
    assert "Traceback" not in done.stderr
