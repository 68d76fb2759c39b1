"""Samples that sign an identity token on a customer's server: one runnable file a language in `samples/`."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

FOLDER = Path(__file__).parent / "samples"
SECRET_VARIABLE = "HALO_IDENTITY_SECRET"  # noqa: S105 - the name of a variable


class Language(StrEnum):
    """The languages that have a sample."""

    NODE = "node"
    PYTHON = "python"
    RUBY = "ruby"
    PHP = "php"
    GO = "go"
    JAVA = "java"


@dataclass(frozen=True, slots=True)
class Sample:
    """A file that signs a token, and how to get and run it."""

    language: Language
    file: str
    install: str | None
    run: str
    code: str


_FILES: dict[Language, tuple[str, str | None, str]] = {
    Language.NODE: ("identity.mjs", None, "node identity.mjs user_42"),
    Language.PYTHON: ("identity.py", "pip install pyjwt", "python identity.py user_42"),
    Language.RUBY: ("identity.rb", "gem install jwt", "ruby identity.rb user_42"),
    Language.PHP: ("identity.php", None, "php identity.php user_42"),
    Language.GO: ("identity.go", None, "go run identity.go user_42"),
    Language.JAVA: ("Identity.java", None, "java Identity.java user_42"),
}


@functools.cache
def sample(language: Language) -> Sample:
    """The sample of a language; reads one file of the package, once, and nothing else."""
    file, install, run = _FILES[language]
    return Sample(language, file, install, run, (FOLDER / file).read_text(encoding="utf-8"))
