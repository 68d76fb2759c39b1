"""The HTML of every page is valid: html-validate's standard rules, and no id twice.

No template of a page is left out.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from xml.etree.ElementTree import Element

from tests.pages.catalogue import PAGES, UNSEEN
from tests.pages.theatre import Theatre
from tests.support import node
from tests.support.pages import Page
from tests.support.parts import ROOT

LISTS = {"rows", "bars", "feed", "docs-cards"}
"""The classes of lists; what is a table in a text of the documentation is no list."""
NO_PAGES = ("layouts", "macros")
"""Folders of templates that pages are made with."""
SENT = [shown for shown in PAGES if shown.opens is None]
"""What is opened on a page later was sent with it, or is a part of a page that is here too."""
RULES = {
    "root": True,
    "extends": ["html-validate:standard", "html-validate:document"],
    "rules": {"require-sri": ["error", {"target": "crossorigin"}]},
}


def test_every_page_is_valid(theatre: Theatre, tmp_path: Path) -> None:
    for shown in SENT:
        text = theatre.text(shown)
        Page(text).check()
        (tmp_path / f"{shown.name}.html").write_text(text)
    (tmp_path / ".htmlvalidate.json").write_text(json.dumps(RULES))
    command = [*node.command("html-validate"), "--formatter", "json", "*.html"]
    report = tmp_path / "report.json"
    with report.open("wb") as output:  # a file, because Node drops what does not fit into a pipe when it ends
        subprocess.run(command, cwd=tmp_path, stdout=output, timeout=120, check=False)
    found = [
        f"{Path(page['filePath']).stem} line {it['line']}: {it['ruleId']}: {it['message']}"
        for page in json.loads(report.read_text())
        for it in page["messages"]
        if it["severity"] == 2
    ]
    assert not found, "\n".join(found)


def test_the_keys_walk_every_list_whose_rows_lead_somewhere(theatre: Theatre) -> None:
    walked = 0
    for shown in (it for it in SENT if it.act is None):
        page = Page(theatre.text(shown))
        rows = [row for row in _rows(page) if any(it.get("href") for it in row.iter("a"))]
        missing = ["".join(row.itertext()).split() for row in rows if row.get("data-row") is None]
        assert not missing, f"{shown.name}: rows with a link and no data-row: {missing}"
        walked += len(rows)
    assert walked > 50


def test_every_page_template_is_looked_at(theatre: Theatre) -> None:
    folder = ROOT / "templates"
    names = {str(path.relative_to(folder)) for path in folder.rglob("*.html") if not path.name.startswith("_")}
    pages = {name for name in names if name.partition("/")[0] not in NO_PAGES}
    seen = {name for shown in SENT for name in theatre.made_of(shown)}
    missing = sorted(pages - seen - set(UNSEEN))
    assert not missing, (
        f"nobody looks at {missing}: add a page that is made of each to tests/pages/catalogue.py, with an act where no "
        "address leads there, or name it in UNSEEN with the reason"
    )
    assert not (needless := sorted(set(UNSEEN) & seen | set(UNSEEN) - pages)), f"take {needless} out of UNSEEN"


def _rows(page: Page) -> list[Element]:
    lists = [it for it in page.tree.iter() if it.tag in ("ul", "ol") and LISTS & set(it.get("class", "").split())]
    tables = [] if page.all("main", class_="prose") else page.all("tbody")
    return [row for it in (*lists, *tables) for row in it if row.tag in ("li", "tr")]
