"""The HTML of every page is valid: html-validate's standard rules, and no id twice."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.pages.catalogue import PAGES
from tests.pages.theatre import Theatre
from tests.support import node
from tests.support.pages import Page

RULES = {
    "root": True,
    "extends": ["html-validate:standard", "html-validate:document"],
    "rules": {"require-sri": ["error", {"target": "crossorigin"}]},
}


def test_every_page_is_valid(theatre: Theatre, tmp_path: Path) -> None:
    for shown in PAGES:
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
