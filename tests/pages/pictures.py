"""`make pictures`: every page of the catalogue as a picture, 1440 and 390 pixels wide, light and dark.

They go into `pictures/` (git ignores it), on the whole demo. `python -m tests.pages.pictures home audit` makes those
whose names begin so.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import sync_playwright

from halo import demo
from halo.ground.database import migrate
from tests.pages.catalogue import PAGES, Shown
from tests.pages.theatre import SETTLED, Theatre, served
from tests.support import chromium
from tests.support.parts import ROOT
from tests.support.stores import Store

FOLDER = ROOT / "pictures"
WIDTHS = ((1440, 900), (390, 844))
THEMES = ("light", "dark")
SLOW_MS = 1000
"""A page that takes longer than this is marked in what is printed."""
TALLEST = 2600
"""Pixels of a page that a picture shows."""


def main(wanted: Sequence[str]) -> int:
    chosen = [shown for shown in PAGES if not wanted or shown.name.startswith(tuple(wanted))]
    if not chosen:
        print(f"no page's name begins with {' or '.join(wanted)}; there are {', '.join(it.name for it in PAGES)}")
        return 2
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        store = Store("sqlite", Path(folder))
        migrate.ensure(store.settings().sqlalchemy_url)
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.FLAGS)
        with served(store) as server:
            theatre = Theatre(server, browser, demo.seed)
            for shown in chosen:
                take(theatre, shown)
            theatre.close()
        browser.close()
    print(f"{len(chosen) * len(WIDTHS) * len(THEMES)} pictures in {FOLDER.relative_to(ROOT)}/")
    return 0


def take(theatre: Theatre, shown: Shown) -> None:
    """The four pictures of a page, and how long it took until it was ready.

    Each in a tab of its own: the browser's question whether to open an application would keep the next from being used.
    """
    ready: list[float] = []
    for (width, height), theme in itertools.product(WIDTHS, THEMES):
        tab = theatre.context(shown).new_page()
        tab.emulate_media(color_scheme=theme)
        tab.set_viewport_size({"width": width, "height": height})
        began = time.perf_counter()
        theatre.open(tab, shown)
        ready.append(time.perf_counter() - began)
        tab.evaluate(SETTLED)
        tall = min(TALLEST, max(height, tab.evaluate("document.documentElement.scrollHeight")))
        tab.set_viewport_size({"width": width, "height": tall})
        tab.screenshot(path=FOLDER / f"{shown.name}-{width}-{theme}.png")
        tab.close()
    took = min(ready) * 1000
    print(f"{shown.name}: loaded in {took:.0f} ms{' (over 1 s)' if took > SLOW_MS else ''}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
