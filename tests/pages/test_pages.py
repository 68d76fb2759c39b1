"""What holds for every page, in Chromium and against the real server.

- axe-core finds nothing serious or critical, light at 1440 and dark at 390 pixels
- nothing is wider than a phone
- under 150 kB come over the wire on a first visit, fonts included
- no script fails, the content security policy blocks nothing, and nothing is asked of another host
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.pages.catalogue import PAGES, Shown
from tests.pages.theatre import SETTLED, Theatre
from tests.support import node

LIMIT = 150_000
"""Bytes of a first visit."""
ON_THE_WIRE = ("http:", "https:", "data:", "blob:")
LOOKS = (("light", 1440, 900), ("dark", 390, 844))
FINDINGS = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
  .filter(it => ["serious", "critical"].includes(it.impact))
  .map(it => `${it.id} (${it.help}): ` + it.nodes.slice(0, 3).map(
    node => `${node.html.slice(0, 200)} ${node.any.map(check => check.message).join(", ")}`).join(" | "))"""
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="session")
def axe() -> str:
    """The text of axe-core."""
    return (node.find_packages().parent / "axe-core" / "axe.min.js").read_text()


@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
def test_a_page_is_open_to_everybody_and_light(theatre: Theatre, axe: str, shown: Shown) -> None:
    tab = theatre.context(shown).new_page()
    watched, weighed = watch(tab), weigh(tab)
    response = theatre.open(tab, shown)
    assert response.status == shown.status
    tab.evaluate(axe)
    problems = []
    for theme, width, height in LOOKS:
        tab.emulate_media(color_scheme=theme)
        tab.set_viewport_size({"width": width, "height": height})
        tab.evaluate(SETTLED)
        problems += [f"axe, {theme} at {width}: {found}" for found in tab.evaluate(FINDINGS)]
        if (over := tab.evaluate(WIDER)) > 0:
            problems.append(f"{over} pixels wider than a screen of {width}")
    problems += [*watched, *foreign(weighed, theatre), *heavy(weighed)]  # after all that the looks brought with them
    tab.close()
    assert not problems, f"{shown.path}:\n  " + "\n  ".join(problems)


def watch(tab: Any) -> list[str]:
    """What the browser complains about from now on."""
    said: list[str] = []
    tab.on("pageerror", lambda error: said.append(f"a script failed: {error}"))
    tab.on("console", lambda line: said.append(line.text) if "Security Policy" in line.text else None)
    return said


def weigh(tab: Any) -> dict[str, dict[str, Any]]:
    """Every request of the page that is open now or next, with an empty cache: its URL and the bytes that came."""
    wire = tab.context.new_cdp_session(tab)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    seen: dict[str, dict[str, Any]] = {}

    def note(it: dict[str, Any]) -> None:
        if not it["request"]["url"].startswith(ON_THE_WIRE):
            return  # another program's, such as `cursor://`: the page stays
        if it.get("type") == "Document":
            seen.clear()
        seen[it["requestId"]] = {"url": it["request"]["url"]}

    def arrived(it: dict[str, Any]) -> None:
        if it["requestId"] in seen:  # not of the page before, which something is still coming for
            seen[it["requestId"]]["bytes"] = it["encodedDataLength"]

    wire.on("Network.requestWillBeSent", note)
    wire.on("Network.loadingFinished", arrived)
    return seen


def foreign(weighed: dict[str, dict[str, Any]], theatre: Theatre) -> list[str]:
    ours = (theatre.server.url, "data:", "blob:")
    return [f"asks another host: {it['url']}" for it in weighed.values() if not it["url"].startswith(ours)]


def heavy(weighed: dict[str, dict[str, Any]]) -> list[str]:
    parts = sorted(((it.get("bytes", 0), it["url"]) for it in weighed.values()), reverse=True)
    total = sum(size for size, _ in parts)
    assert total > 20_000, "nothing was weighed"
    listed = ", ".join(f"{url.rsplit('/', 1)[-1][:40]} {size:,}" for size, url in parts[:5])
    return [f"{total:,} bytes, over {LIMIT:,}: {listed}"] if total > LIMIT else []
