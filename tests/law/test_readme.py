"""The README says what there is: every setting, every make target, every file it points at."""

from __future__ import annotations

import re

from tests.support.parts import ROOT

README = (ROOT / "README.md").read_text()
SETTINGS = (ROOT / "halo" / "ground" / "settings.py").read_text()


def settings() -> set[str]:
    """The variables that `Settings.from_environment` reads."""
    body = SETTINGS[SETTINGS.index("def from_environment") :]
    return set(re.findall(r'read\.\w+\(\s*"([A-Z_]+)"', body))


def test_every_setting_is_in_the_readme() -> None:
    rows = set(re.findall(r"^\| `([A-Z_]+)` \|", README, re.MULTILINE))
    assert settings() - rows == set(), f"add a row to the README's table of settings: {sorted(settings() - rows)}"
    assert rows - settings() == set(), f"the README names settings that are gone: {sorted(rows - settings())}"


def test_every_make_target_is_in_the_readme() -> None:
    targets = re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    unsaid = [target for target in targets if target != "help" and f"make {target}" not in README]
    assert not unsaid, f"say in the README what these do: {unsaid}"


def test_every_file_that_the_readme_points_at_exists() -> None:
    named = re.findall(r"`((?:halo|templates|tests|migrations|static|scripts)/[\w./-]+)", README)
    gone = sorted({name for name in named if not (ROOT / name.rstrip("/.")).exists()})
    assert not gone, f"the README points at files that do not exist: {gone}"


def test_ci_runs_the_command_of_the_readme() -> None:
    (command,) = re.findall(r"^exec (make \w+)$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    assert f"`{command}`" in README


def test_versions_agree() -> None:
    import tomllib

    from halo import __version__

    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == __version__
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text()


QUESTIONS = (
    "where a scope is checked", "where a consent is written", "where a call is refused", "a page's permission",
    "where a tool is listed", "where a row of the log is written", "where a job is run", "where an address is guarded",
    "where a cookie is set", "where a client is known",
)  # fmt: skip


def test_a_newcomers_questions_are_answered_in_one_hop() -> None:
    rows = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", README, re.MULTILINE))
    unanswered = [it for it in QUESTIONS if not any(row.startswith(it) and "`" in to for row, to in rows.items())]
    assert not unanswered, f"add a row to 'Where is what' of the README: {unanswered}"
