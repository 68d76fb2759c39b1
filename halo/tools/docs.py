"""The documentation tools (scope `docs:read`): search and read the pages of `halo/docs`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field, ValidationError

from halo.documents import index, service
from halo.documents.index import CLOSE, LONGEST_QUERY, OPEN, PassageHit
from halo.documents.service import LONGEST_READ, Reading
from halo.ground import settings
from halo.ground.arguments import Arguments, Capped
from halo.ground.principal import Principal
from halo.ground.settings import Settings
from halo.tool import Answer, Result, tool
from halo.tool import found as word
from halo.tools import elsewhere

MOST = 20
"""Passages of one answer."""


class SearchDocs(Arguments):
    query: str = Field(
        description="Words to look for, such as 'refresh token rotation'. Endings of words do not matter.",
        min_length=1,
        max_length=LONGEST_QUERY,
    )
    limit: Annotated[int, Capped(MOST)] = Field(
        default=5, ge=1, le=MOST, description=f"How many passages, 1 to {MOST}."
    )


class Passage(Result):
    doc: str = Field(description="Reference of the passage, for read_doc.")
    title: str = Field(description="Title of the page.")
    heading: str | None = Field(description="Heading of the passage; null for the beginning of a page.")
    excerpt: str = Field(description="The place that fits, with the words found between ** marks.")
    url: str = Field(description="Where a person can read it.")


class Passages(Result):
    passages: list[Passage] = Field(description="Best first.")


class ReadDoc(Arguments):
    doc: str = Field(
        description="A page, such as 'scopes-and-permissions', or one passage of it, such as "
        "'scopes-and-permissions#the-gate', as search_docs names them.",
        min_length=1,
        max_length=300,
    )
    cursor: str | None = Field(
        default=None,
        max_length=200,
        description="Reads on in a long page: the next_cursor of the part before.",
    )


class Document(Result):
    doc: str = Field(description="Reference of what was read.")
    title: str = Field(description="Title of the page.")
    markdown: str = Field(description="The text, as Markdown.")
    url: str = Field(description="Where a person can read it.")
    start: int = Field(description="Position of the first character of this part.")
    total: int = Field(description="Characters of the whole text.")
    next_cursor: str | None = Field(description="Send it as cursor for the next part; null at the end.")


@tool(
    title="Search Halo's documentation",
    scope="docs:read",
    group="docs",
    result=Passages,
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
    bound="same",
)
def search_docs(arguments: SearchDocs, *, principal: Principal) -> Answer:
    """Searches the documentation of Halo itself, not the workspace's own articles, for the passages that fit best.

    Covers connecting AI clients, scopes and permissions, the MCP protocol and its limits, the tools, the
    widget, identity tokens, the ingestion API, the audit log, flags and running Halo. Holds nothing about the
    workspace's product or customers. Each passage has a reference that read_doc takes.
    """
    chosen = settings.current()
    if chosen.docs_mcp_url:
        return _search_elsewhere(arguments, chosen)
    library = service.library(chosen)
    hits = service.search(arguments.query, limit=arguments.limit, settings=chosen)
    found = [_passage(hit, library) for hit in hits]
    told = _told(arguments.query, found, library)
    return Answer(told, Passages(passages=found), word=word(len(found))).noting(_left_out(arguments.query))


@tool(
    title="Read Halo's documentation",
    scope="docs:read",
    group="docs",
    result=Document,
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
    bound="same",
)
def read_doc(arguments: ReadDoc, *, principal: Principal) -> Answer:
    """Returns a page of the documentation of Halo itself, or one passage of it, as Markdown.

    A long page comes in parts: while next_cursor is not null, the same doc with that cursor gives the next
    part.
    """
    chosen = settings.current()
    if chosen.docs_mcp_url:
        return _read_elsewhere(arguments, chosen)
    reading = service.read(arguments.doc, cursor=arguments.cursor, settings=chosen, longest=LONGEST_READ)
    return Answer(_text(reading), _document(reading, service.library(chosen)))


def _passage(hit: PassageHit, library: service.Library) -> Passage:
    return Passage(
        doc=hit.slug + (f"#{hit.anchor}" if hit.anchor else ""),
        title=hit.title,
        heading=hit.heading or None,
        excerpt=" ".join(hit.excerpt.replace(OPEN, "**").replace(CLOSE, "**").split()),
        url=library.url(hit.slug, hit.anchor),
    )


def _told(query: str, found: list[Passage], library: service.Library) -> str:
    if not found:
        pages = ", ".join(page.slug for page in library.pages)
        return f"Nothing in Halo's own documentation fits {query!r}. The pages are: {pages}."
    lines = (
        f"{number}. {passage.title}{': ' + passage.heading if passage.heading else ''}\n"
        f"   doc: {passage.doc}\n   {passage.excerpt}"
        for number, passage in enumerate(found, 1)
    )
    return "\n".join(lines)


def _left_out(query: str) -> tuple[str, ...]:
    said = ", ".join(index.left_out(query))
    return (f"query: only the first {index.MOST_WORDS} words were looked for, not these: {said}.",) if said else ()


def _document(reading: Reading, library: service.Library) -> Document:
    page, anchor = reading.page, reading.anchor
    return Document(
        doc=page.slug + (f"#{anchor}" if anchor else ""),
        title=page.title,
        markdown=reading.markdown,
        url=library.url(page.slug, anchor),
        start=reading.start,
        total=reading.total,
        next_cursor=reading.cursor,
    )


def _text(reading: Reading) -> str:
    if reading.cursor is None:
        return reading.markdown
    end = reading.start + len(reading.markdown)
    note = f"[Characters {reading.start} to {end} of {reading.total}. Read on with cursor {reading.cursor}]"
    return f"{reading.markdown}\n{note}"


def _search_elsewhere(arguments: SearchDocs, chosen: Settings) -> Answer:
    def as_one(text: str) -> Passages:
        url = chosen.docs_mcp_url
        whole = Passage(doc="", title="Answer of the documentation server", heading=None, excerpt=text, url=url)
        return Passages(passages=[whole] if text else [])

    return _elsewhere("search_docs", {"query": arguments.query}, Passages, as_one, chosen)


def _read_elsewhere(arguments: ReadDoc, chosen: Settings) -> Answer:
    def as_one(text: str) -> Document:
        doc, url = arguments.doc, chosen.docs_mcp_url
        return Document(doc=doc, title=doc, markdown=text, url=url, start=0, total=len(text), next_cursor=None)

    asked = arguments.model_dump(exclude_none=True)
    return _elsewhere("read_doc", asked, Document, as_one, chosen)


def _elsewhere(
    name: str, asked: dict[str, Any], shape: type[Result], as_one: Callable[[str], Result], chosen: Settings
) -> Answer:
    """What the remote documentation server answers, in our shape."""
    told = elsewhere.told(name, asked, chosen)

    def as_text(longest: int) -> Answer:
        text = told.text if len(told.text) <= longest else told.text[:longest] + "\n[cut here]"
        if told.is_error:
            return Answer(text or "The documentation server could not answer.", is_error=True, whose="stranger")
        return Answer(text, as_one(text), whose="stranger", smaller=lambda share: as_text(int(longest * share)))

    whole = as_text(LONGEST_READ)
    try:
        data = shape.model_validate(told.data)
    except ValidationError:
        return whole
    # Data that is too large to hand on is left out, and the text stands for it.
    return whole if told.is_error else Answer(whole.text, data, whose="stranger", smaller=lambda _: whole)
