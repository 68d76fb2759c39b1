"""A served Halo with the stage set up, and one signed-in browser context for each person who looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from halo import create_app
from tests.pages import connected, stage
from tests.pages.catalogue import Shown
from tests.pages.served import MADE_OF
from tests.support import stores
from tests.support.fixtures import PATIENCE_MS
from tests.support.live import LiveServer
from tests.support.stores import Store

SETTLED = """async () => {
  await document.fonts.ready;
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  const moving = document.getAnimations().filter(it => it.effect.getComputedTiming().endTime !== Infinity);
  await Promise.all(moving.map(it => it.finished.catch(() => null)));
}"""
"""Until what the new theme and width set in motion has come to rest."""


def served(store: Store) -> LiveServer:
    """Halo on this store, furnished for the theatre; one worker, which is enough for one who looks."""
    return LiveServer(
        store,
        HALO_WORKERS="1",
        FLASK_APP="tests.pages.served:create",
        HALO_TRACE_URL="https://traces.example.com/trace/{trace_id}",
    )


class Theatre:
    """The server, the facts that fill the paths, and a context for whoever looks."""

    def __init__(self, server: LiveServer, chromium: Any, plant: Callable[[], object]) -> None:
        self.server = server
        self._chromium = chromium
        self._contexts: dict[str | None, Any] = {}
        self._sent: dict[str, tuple[str, list[str]]] = {}
        self._app = create_app(server.store.settings(base_url=server.url))
        self._app.testing = True
        with self._app.app_context():
            plant()
        self._shop = connected.shop()
        self.facts = stage.set_up(self._app, self._shop.__enter__())

    def url(self, shown: Shown) -> str:
        """Where the page is."""
        return self.server.url + shown.at(self.facts)

    def open(self, tab: Any, shown: Shown) -> Any:
        """Go to the page and do there what is to be done first; the answer that is looked at."""
        response = tab.goto(self.url(shown))
        assert "/signin" in shown.path or "/signin?" not in tab.url, f"{shown.person} is signed out"
        if shown.act is not None:
            response = shown.act(tab)
        if shown.opens is not None:
            shown.opens(tab)
        return response

    def context(self, shown: Shown) -> Any:
        """The browser context of the person whom the page is for."""
        if shown.person not in self._contexts:
            self._contexts[shown.person] = self._signed_in(shown.person)
        return self._contexts[shown.person]

    def text(self, shown: Shown) -> str:
        """The HTML as it is sent."""
        return self._asked(shown)[0]

    def made_of(self, shown: Shown) -> list[str]:
        """The templates that it was rendered from."""
        return self._asked(shown)[1]

    def _asked(self, shown: Shown) -> tuple[str, list[str]]:
        """Asked for once, for it takes long."""
        if shown.name not in self._sent:
            self._sent[shown.name] = self._ask(shown)
        return self._sent[shown.name]

    def _ask(self, shown: Shown) -> tuple[str, list[str]]:
        if shown.act is None:
            got = self.context(shown).request.get(self.url(shown))
            text = got.text()
        else:
            tab = self.context(shown).new_page()
            got = self.open(tab, shown)
            text = got.text()
            tab.close()
        assert got.status == shown.status, f"{shown.name}: {got.status}"
        return str(text), got.headers.get(MADE_OF.lower(), "").split()

    def close(self) -> None:
        """Close the browser's side; the server belongs to whoever started it."""
        for context in self._contexts.values():
            context.close()
        self._shop.__exit__(None, None, None)
        stores.close(self._app)

    def _signed_in(self, email: str | None) -> Any:
        context = self._chromium.new_context(reduced_motion="reduce")
        context.set_default_timeout(PATIENCE_MS)
        if email is not None:
            name, value = stage.cookie_of(self._app, email)
            context.add_cookies([{"name": name, "value": value, "url": self.server.url}])
        return context
