"""Searching and reading the documentation; the same verbs serve the pages and the two documentation tools."""

from __future__ import annotations

import functools
import re
import threading
from dataclasses import dataclass
from urllib.parse import urlsplit

from halo.documents import pages
from halo.documents.index import DocumentIndex, PassageHit
from halo.documents.pages import DocumentPage
from halo.ground.errors import Mistake, NotFound
from halo.ground.settings import Settings

_libraries: dict[tuple[str, str], Library] = {}
_building = threading.Lock()

LONGEST_READ = 16_000
"""Characters of one answer of `read`: about 4,000 tokens, well inside what clients accept."""


class Library:
    """The pages as this instance tells them, with its own addresses filled in, and their index."""

    def __init__(self, base_url: str, cdn_url: str) -> None:
        self.base_url = base_url
        self.pages = pages.load({"base_url": base_url, "mcp_url": base_url + "/api/mcp", "cdn_url": cdn_url})
        self._by_slug = {page.slug: page for page in self.pages}

    @functools.cached_property
    def index(self) -> DocumentIndex:
        """The full-text index over these pages."""
        return DocumentIndex(self.pages)

    def get(self, slug: str) -> DocumentPage:
        """The page, or NotFound."""
        if slug not in self._by_slug:
            raise NotFound("documentation page")
        return self._by_slug[slug]

    def sections(self) -> dict[str, list[DocumentPage]]:
        """Section -> its pages, both in reading order."""
        found: dict[str, list[DocumentPage]] = {}
        for page in self.pages:
            found.setdefault(page.section, []).append(page)
        return found

    def url(self, slug: str, anchor: str = "") -> str:
        """Where a person reads this page or passage."""
        return f"{self.base_url}/docs/{slug}" + (f"#{anchor}" if anchor else "")


@dataclass(frozen=True, slots=True)
class Reading:
    """A page, a passage, or the next part of one; `cursor` reads on, None at the end."""

    page: DocumentPage
    anchor: str
    markdown: str
    start: int
    total: int
    cursor: str | None


def library(settings: Settings) -> Library:
    """The library of an instance, built on first use and kept for the life of the process."""
    key = (settings.base_url, settings.cdn_url)
    found = _libraries.get(key)
    if found is None:
        with _building:
            found = _libraries.get(key) or Library(*key)
            _libraries[key] = found
    return found


def search(query: str, *, limit: int, settings: Settings) -> list[PassageHit]:
    """The passages that answer the query best."""
    return library(settings).index.search(query, limit)


def read(reference: str, *, settings: Settings, cursor: str | None = None, longest: int = LONGEST_READ) -> Reading:
    """A page by slug, one passage by `slug#anchor`; also by the address or file name that links show."""
    slug, anchor = _parse(reference)
    page = library(settings).get(slug)
    text = page.markdown if not anchor else "\n\n".join(part.markdown for part in page.passages_at(anchor))
    if not text:
        known = ", ".join(passage.anchor for passage in page.passages if passage.anchor)
        raise Mistake("doc", f"The page {slug} has no passage {anchor!r}; it has: {known}.")
    start = _start(cursor, page, len(text))
    end = _cut(text, start, longest)
    return Reading(page, anchor, text[start:end], start, len(text), f"{page.digest}.{end}" if end < len(text) else None)


def _parse(reference: str) -> tuple[str, str]:
    parts = urlsplit(reference.strip())
    slug = re.sub(r"\.md$", "", parts.path.rstrip("/").rpartition("/")[2])
    return slug, parts.fragment


def _start(cursor: str | None, page: DocumentPage, total: int) -> int:
    if not cursor:
        return 0
    digest, _, at = cursor.partition(".")
    start = int(at) if at.isascii() and at.isdecimal() and len(at) < 10 else 0
    if digest != page.digest or at != str(start) or not 0 < start < total:
        raise Mistake("cursor", "This cursor does not belong to this text; read it again without a cursor.")
    return start


def _cut(text: str, start: int, longest: int) -> int:
    """Where to stop: before a heading if one is in the last half, else after a line, else at the limit."""
    if len(text) - start <= longest:
        return len(text)
    for mark in ("\n## ", "\n### ", "\n\n", "\n"):
        at = text.rfind(mark, start + longest // 2, start + longest)
        if at > 0:
            return at + 1
    return start + longest
