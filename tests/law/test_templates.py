"""Templates: a partial is a file `_thing.html` with one root that has an id; nothing is imported for nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib

from tests.support.parts import ROOT

FOLDER = ROOT / "templates"
WHOLE = ("layouts", "macros")
"""Folders whose files are neither pages nor partials."""
LONGEST = 120
CONTAINERS = {"tr": "tbody", "tbody": "table", "thead": "table", "li": "ul", "option": "select"}
"""What an HTML parser must be inside of to accept such an element as the first."""


def templates() -> list[str]:
    return sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.html"))


def text(name: str) -> str:
    return re.sub(r"\{#.*?#\}", "", (FOLDER / name).read_text(), flags=re.DOTALL)


def broken(law: Callable[[str], str], names: list[str] | None = None) -> str:
    """The templates that break a law, a line each."""
    found = [(name, law(name)) for name in (templates() if names is None else names)]
    return "".join(f"\n  templates/{name}: {problem}" for name, problem in found if problem)


def partials() -> list[str]:
    return [name for name in templates() if Path(name).name.startswith("_")]


def test_pages_extend_and_partials_are_named_so() -> None:
    def law(name: str) -> str:
        is_page = "{% extends" in text(name)
        fits = name.partition("/")[0] in WHOLE or is_page != Path(name).name.startswith("_")
        return "" if fits else "a page extends a layout, a partial's name starts with `_`"

    assert not (found := broken(law)), found


def test_a_partial_has_one_root_with_an_id() -> None:
    def law(name: str) -> str:
        roots = roots_of(text(name))
        if len(roots) == 1 and roots[0].get("id"):
            return ""
        shown = [f"<{it.tag} id={it.get('id')!r}>" for it in roots]
        return f"has the roots {shown}; wrap it in one element with a stable id, so that htmx can swap it"

    assert not (found := broken(law, [name for name in partials() if not name.startswith("layouts/")])), found


def roots_of(markup: str) -> list[Element]:
    """The outermost elements of a template whose tags and expressions are taken out."""
    plain = re.sub(r"\{%.*?%\}", "", markup, flags=re.DOTALL)
    plain = re.sub(r"\{\{.*?\}\}", "x", plain, flags=re.DOTALL)
    first = re.match(r"\s*<(\w+)", plain)
    container = CONTAINERS.get(first[1] if first else "", "div")
    return list(html5lib.parseFragment(plain, container=container, namespaceHTMLElements=False))


def test_what_is_imported_is_used() -> None:
    def law(name: str) -> str:
        body = text(name)
        lists = re.findall(r"{%-? *from .+? import (.+?)(?: with(?:out)? context)? *-?%}", body)
        imported = [part.rpartition(" as ")[2].strip() for names in lists for part in names.split(",")]
        imported += re.findall(r"{%-? *import .+? as (\w+)", body)
        unused = [word for word in imported if len(re.findall(rf"\b{word}\b", body)) < 2]
        return f"imports {unused} and does not use it: remove the import" if unused else ""

    assert not (found := broken(law)), found


def test_what_is_included_exists_and_is_a_partial() -> None:
    def law(name: str) -> str:
        included = re.findall(r"""{%-? *include ["']([^"']+)["'] *-?%}""", text(name))
        wrong = [it for it in included if not (FOLDER / it).exists() or not Path(it).name.startswith("_")]
        return f"includes {wrong}: include partials (`_name.html`) that exist" if wrong else ""

    assert not (found := broken(law)), found


def test_templates_stay_short() -> None:
    def law(name: str) -> str:
        count = len((FOLDER / name).read_text().splitlines())
        return f"has {count} lines; move a part of it into a partial" if count > LONGEST else ""

    assert not (found := broken(law)), found


def test_nothing_is_marked_safe_by_hand() -> None:
    def law(name: str) -> str:
        found = re.findall(r"\{\{[^}]*\|\s*safe\b[^}]*\}\}", text(name))
        return f"{found}; return Markup from the code that knows that it is safe" if found else ""

    assert not (found := broken(law)), found


NOT_IN_THE_GUIDE = {
    "section_form": "it saves, and the guide keeps nothing",
    "hidden": "nothing of it is seen",
    "modes_form": "the rows of a holder's tools, which are included, show it",
    "scope_later": "part of an offer, which is shown",
}
"""Macros that the style guide leaves out, and why."""


def test_the_style_guide_shows_every_macro() -> None:
    guide = "".join(path.read_text() for path in (ROOT / "templates/styleguide").glob("*.html"))
    macros = [
        name
        for path in (ROOT / "templates/macros").glob("*.html")
        for name in re.findall(r"{% macro ([a-z]\w*)\(", path.read_text())
    ]
    missing = [name for name in macros if name not in NOT_IN_THE_GUIDE and not re.search(rf"\b{name}\(", guide)]
    assert not missing, f"show {missing} in templates/styleguide, or name them in NOT_IN_THE_GUIDE with the reason"


def test_every_macro_is_drawn_by_a_page() -> None:
    pages = "".join(text(name) for name in templates() if not name.startswith("styleguide/"))
    idle = [name for name in re.findall(r"{% macro (\w+)\(", pages) if len(re.findall(rf"\b{name}\(", pages)) < 2]
    assert not idle, f"take {idle} out: no page draws it, and the style guide alone needs nothing"
