"""Templates: a partial is a file `_thing.html` with one root that has an id; nothing is imported for nothing."""

from __future__ import annotations

import re
from pathlib import Path

import html5lib
import pytest

from tests.support.parts import ROOT

FOLDER = ROOT / "templates"
WHOLE = ("layouts", "macros")
"""Folders whose files are neither pages nor partials."""
LONGEST = 120


def templates() -> list[str]:
    return sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.html"))


def text(name: str) -> str:
    return re.sub(r"\{#.*?#\}", "", (FOLDER / name).read_text(), flags=re.DOTALL)


@pytest.mark.parametrize("name", templates())
def test_pages_extend_and_partials_are_named_so(name: str) -> None:
    if name.partition("/")[0] in WHOLE:
        return
    is_page = "{% extends" in text(name)
    is_partial = Path(name).name.startswith("_")
    assert is_page != is_partial, f"templates/{name}: a page extends a layout, a partial's name starts with `_`"


@pytest.mark.parametrize("name", [name for name in templates() if Path(name).name.startswith("_")])
def test_a_partial_has_one_root_with_an_id(name: str) -> None:
    plain = re.sub(r"\{%.*?%\}", "", text(name), flags=re.DOTALL)
    plain = re.sub(r"\{\{.*?\}\}", "x", plain, flags=re.DOTALL)
    container = (re.match(r"\s*<(tr|tbody|thead|li|option)\b", plain) or [None, "div"])[1]
    inside = {"tr": "tbody", "tbody": "table", "thead": "table", "li": "ul", "option": "select"}.get(container, "div")
    roots = list(html5lib.parseFragment(plain, container=inside, namespaceHTMLElements=False))
    named = [it.get("id") for it in roots]
    assert len(roots) == 1 and named[0], (
        f"templates/{name} has the roots {[it.tag for it in roots]} with ids {named}: wrap it in one element with a "
        "stable id, so that htmx can swap it"
    )


@pytest.mark.parametrize("name", templates())
def test_what_is_imported_is_used(name: str) -> None:
    body = text(name)
    imported = [
        part.split(" as ")[-1].strip()
        for names in re.findall(r"{%-? *from .+? import (.+?)(?: with(?:out)? context)? *-?%}", body)
        for part in names.split(",")
    ]
    imported += re.findall(r"{%-? *import .+? as (\w+)", body)
    unused = [word for word in imported if len(re.findall(rf"\b{word}\b", body)) < 2]
    assert not unused, f"templates/{name} imports {unused} and does not use it: remove the import"


@pytest.mark.parametrize("name", templates())
def test_what_is_included_exists_and_is_a_partial(name: str) -> None:
    included = re.findall(r"""{%-? *include ["']([^"']+)["']""", text(name))
    wrong = [it for it in included if not (FOLDER / it).exists() or not Path(it).name.startswith("_")]
    assert not wrong, f"templates/{name} includes {wrong}: include partials (`_name.html`) that exist"


@pytest.mark.parametrize("name", templates())
def test_a_template_stays_short(name: str) -> None:
    count = len((FOLDER / name).read_text().splitlines())
    assert count <= LONGEST, f"templates/{name} has {count} lines; move a part of it into a partial"


@pytest.mark.parametrize("name", templates())
def test_nothing_is_marked_safe_by_hand(name: str) -> None:
    found = re.findall(r"\{\{[^}]*\|\s*safe\b[^}]*\}\}", text(name))
    assert not found, f"templates/{name}: {found}; return Markup from the code that knows that it is safe"
