"""Samples that sign an identity token on a customer's server: one runnable file a language in `samples/`."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).parent / "samples"
SECRET_VARIABLE = "HALO_IDENTITY_SECRET"  # noqa: S105 - the name of a variable


Language = Literal["node", "python", "ruby", "php", "go", "java"]
"""The languages that have a sample."""


@dataclass(frozen=True, slots=True)
class JwtSample:
    """A file that signs a token, and how to get and run it."""

    language: Language
    file: str
    install: str | None
    run: str
    code: str


_FILES: dict[Language, tuple[str, str | None, str]] = {
    "node": ("identity.mjs", None, "node identity.mjs user_42"),
    "python": ("identity.py", "pip install pyjwt", "python identity.py user_42"),
    "ruby": ("identity.rb", "gem install jwt", "ruby identity.rb user_42"),
    "php": ("identity.php", None, "php identity.php user_42"),
    "go": ("identity.go", None, "go run identity.go user_42"),
    "java": ("Identity.java", None, "java Identity.java user_42"),
}


@functools.cache
def sample(language: Language) -> JwtSample:
    """The sample of a language; reads one file of the package, once, and nothing else."""
    file, install, run = _FILES[language]
    return JwtSample(language, file, install, run, (FOLDER / file).read_text(encoding="utf-8"))
