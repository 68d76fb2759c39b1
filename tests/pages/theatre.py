"""A served Halo with the stage set up, and one signed-in browser context for each person who looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from halo import create_app
from tests.pages import stage
from tests.pages.catalogue import Shown
from tests.support import stores
from tests.support.live import LiveServer

SETTLED = """async () => {
  await document.fonts.ready;
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  const moving = document.getAnimations().filter(it => it.effect.getComputedTiming().endTime !== Infinity);
  await Promise.all(moving.map(it => it.finished.catch(() => null)));
}"""
"""Until what the new theme and width set in motion has come to rest."""


class Theatre:
    """The server, the facts that fill the paths, and a context for whoever looks."""

    def __init__(self, server: LiveServer, chromium: Any, plant: Callable[[], object]) -> None:
        self.server = server
        self._chromium = chromium
        self._contexts: dict[str | None, Any] = {}
        self._app = create_app(server.store.settings(base_url=server.url))
        self._app.testing = True
        with self._app.app_context():
            plant()
        self.facts = stage.set_up(self._app)

    def url(self, shown: Shown) -> str:
        """Where the page is."""
        return self.server.url + shown.at(self.facts)

    def open(self, tab: Any, shown: Shown) -> Any:
        """Go to the page and do there what is to be done first; the answer that is looked at."""
        response = tab.goto(self.url(shown))
        return response if shown.act is None else shown.act(tab)

    def context(self, shown: Shown) -> Any:
        """The browser context of the person whom the page is for."""
        if shown.person not in self._contexts:
            self._contexts[shown.person] = self._signed_in(shown.person)
        return self._contexts[shown.person]

    def text(self, shown: Shown) -> str:
        """The HTML as it is sent."""
        if shown.act is None:
            got = self.context(shown).request.get(self.url(shown))
            text = got.text()
        else:
            tab = self.context(shown).new_page()
            got = self.open(tab, shown)
            text = got.text()
            tab.close()
        assert got.status == shown.status, f"{shown.name}: {got.status}"
        return str(text)

    def close(self) -> None:
        """Close the browser's side; the server belongs to whoever started it."""
        for context in self._contexts.values():
            context.close()
        stores.close(self._app)

    def _signed_in(self, email: str | None) -> Any:
        context = self._chromium.new_context(reduced_motion="reduce")
        context.set_default_timeout(10_000)
        if email is not None:
            name, value = stage.cookie_of(self._app, email)
            context.add_cookies([{"name": name, "value": value, "url": self.server.url}])
        return context
