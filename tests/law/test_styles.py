"""Style sheets: every length has a name, a class is at home in one sheet, and nothing is styled that nobody draws."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pygments.token import STANDARD_TYPES

from tests.support.parts import ROOT

FOLDER = ROOT / "static/css"
TOKENS = "tokens.css"
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CLASS = re.compile(r"\.([a-zA-Z][\w-]*)")
_LENGTH = re.compile(r"(?<![\w.])\d*\.?\d+(?:px|rem)\b")
_ASIDE = re.compile(r":(?:not|has|is|where)\([^()]*(?:\([^()]*\)[^()]*)*\)")
_STEP = re.compile(r"\s*[>+~]\s*|\s+(?![^(]*\))")


@dataclass(frozen=True)
class Rule:
    """One selector of a rule, and what is said of it."""

    sheet: str
    selector: str
    says: str
    on_paper: bool

    @property
    def parts(self) -> list[str]:
        return _STEP.split(self.selector)

    @property
    def subject(self) -> list[str]:
        """The classes of what is styled, its own last."""
        return _CLASS.findall(_ASIDE.sub("", self.parts[-1]))


@cache
def rules() -> tuple[Rule, ...]:
    return tuple(rule for path in sorted(FOLDER.glob("*.css")) for rule in _read(path))


def _read(path: Path) -> Iterator[Rule]:
    around: list[str] = []
    text = ""
    for sign in _COMMENT.sub("", path.read_text()):
        if sign == "{":
            around.append(" ".join(text.split()))
        elif sign == "}":
            head = around.pop()
            inside_frames = any(it.startswith("@keyframes") for it in around)
            if not head.startswith("@") and not inside_frames:
                for selector in re.split(r",\s*(?![^(]*\))", head):
                    yield Rule(path.name, selector, text, "@media print" in around)
        text = "" if sign in "{}" else text + sign


def homes() -> dict[str, set[str]]:
    """The sheets in which a class is styled for itself, wherever it stands."""
    found: dict[str, set[str]] = defaultdict(set)
    for rule in rules():
        if len(rule.parts) == 1 and rule.subject and not rule.on_paper:
            found[rule.subject[-1]].add(rule.sheet)
    return found


def test_a_class_is_at_home_in_one_sheet() -> None:
    twice = {name: sorted(sheets) for name, sheets in homes().items() if len(sheets) > 1}
    assert not twice, f"one class, two things: give one of them another name, or style it in one sheet: {twice}"


def test_a_sheet_styles_another_sheets_class_only_inside_something_of_its_own() -> None:
    found = homes()

    def is_own(rule: Rule) -> bool:
        around = _CLASS.findall(rule.selector)
        named = "#" in rule.selector or any(found.get(name, {rule.sheet}) == {rule.sheet} for name in around)
        return named or all(rule.sheet in found.get(name, {rule.sheet}) for name in rule.subject)

    foreign = [f"{it.sheet}: {it.selector}" for it in rules() if not it.on_paper and not is_own(it)]
    assert not foreign, f"style these where their class is at home, or inside a class or an id of this sheet: {foreign}"


def test_every_length_has_a_name() -> None:
    """Media queries cannot read names; a measure that one component alone has may be a custom property of it."""
    raw = [
        f"{path.name}: {said.strip()}"
        for path in sorted(FOLDER.glob("*.css"))
        if path.name != TOKENS
        for said in re.split(r"[;{}]", _COMMENT.sub("", path.read_text()))
        if _LENGTH.search(said) and not said.strip().startswith(("@", "--"))
    ]
    assert not raw, f"write var(--...) of static/css/{TOKENS} instead of these lengths: {raw}"


def test_every_name_that_is_used_is_defined_and_the_other_way_round() -> None:
    text = "".join(_COMMENT.sub("", path.read_text()) for path in FOLDER.glob("*.css"))
    drawn = "".join(path.read_text() for path in (*ROOT.glob("templates/**/*.html"), *ROOT.glob("static/js/*.js")))
    defined = set(re.findall(r"(--[\w-]+)\s*:", text + drawn))
    used = set(re.findall(r"var\((--[\w-]+)", text + drawn)) | set(re.findall(r"""["'`](--[\w-]+)["'`]""", drawn))
    assert defined == used, f"not defined: {sorted(used - defined)}; never used: {sorted(defined - used)}"


def test_nothing_is_styled_that_nobody_draws() -> None:
    words = {word for said in _strings() for word in re.findall(r"[\w-]+", said)}
    stems = tuple(word for word in words if word.endswith("-") and len(word) > 2)
    styled = {name for rule in rules() for name in _CLASS.findall(rule.selector)}
    dead = {it for it in styled - words - OF_LIBRARIES if not it.startswith(stems)}
    assert not dead, f"no template and no script has these classes: take their rules out: {sorted(dead)}"


_QUOTED = (
    r'"([^"\n]*)"',
    r"'([^'\n]*)'",
    r"`([^`]*)`",
    r"([\w-]+-){{",
    r"{% block \w+_class %}(.*?){%",
    r'class="((?:[^"{]|{{.*?}}|{%.*?%})*)"',
)
OF_LIBRARIES = {"htmx-request", "u-over", "u-select", "err", *STANDARD_TYPES.values()}
"""Classes that htmx, uPlot and Pygments set."""


def _strings() -> Iterator[str]:
    """What may name a class: quoted text of templates, scripts and code, and blocks of a layout that are a class."""
    sources = (*ROOT.glob("templates/**/*.html"), *ROOT.glob("static/js/*.js"), *ROOT.glob("halo/**/*.py"))
    for path in sources:
        said = re.sub(r"{#.*?#}", "", path.read_text(), flags=re.DOTALL)
        for pattern in _QUOTED:
            yield from re.findall(pattern, said)
