"""The documentation as pages and as text; open to everybody."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for

from halo import web
from halo.documents import service
from halo.documents.index import PassageHit
from halo.documents.service import Library
from halo.ground.errors import Mistake
from halo.ground.text.names import visible
from halo.web import OPEN, door

blueprint = Blueprint("documents", __name__)
FRESH_SECONDS = 300
MOST_HITS = 20


@blueprint.get("/docs")
@door(OPEN)
def index() -> Any:
    return render_template("documents/index.html", sections=_library().sections())


@blueprint.get("/docs/<slug>")
@door(OPEN)
def page(slug: str) -> Any:
    from halo.documents import render

    library = _library()
    shown = library.get(slug)
    at = library.pages.index(shown)
    return render_template(
        "documents/page.html",
        page=shown,
        body=render.to_html(shown),
        sections=library.sections(),
        previous=library.pages[at - 1] if at else None,
        following=library.pages[at + 1] if at + 1 < len(library.pages) else None,
    )


@blueprint.get("/docs/<slug>.md")
@door(OPEN)
def raw(slug: str) -> Response:
    return _text(_library().get(slug).markdown, "text/markdown")


@blueprint.get("/docs/search")
@door(OPEN)
def search() -> Any:
    query = visible(request.args.get("q", ""))
    hits, problem = _hits(query)
    return web.respond(
        "documents/search.html",
        "documents/_results.html",
        status=422 if problem else 200,
        query=query,
        hits=hits,
        problem=problem,
        sections=_library().sections(),
    )


@blueprint.get("/llms.txt")
@door(OPEN)
def llms() -> Response:
    """What a model finds here, as https://llmstxt.org proposes."""
    library = _library()
    lines = ["# Halo", "", "> " + library.pages[0].summary]
    for section, pages in library.sections().items():
        lines += ["", f"## {section}", ""]
        for listed in pages:
            address = url_for("documents.raw", slug=listed.slug)
            lines.append(f"- [{listed.title}]({library.base_url}{address}): {listed.summary}")
    return _text("\n".join(lines) + "\n", "text/plain")


def _library() -> Library:
    return service.library(web.settings())


def _hits(query: str) -> tuple[list[tuple[PassageHit, str]], str | None]:
    from halo.documents import render

    if not query:
        return [], None
    try:
        found = service.search(query, limit=MOST_HITS, settings=web.settings())
    except Mistake as mistake:
        return [], mistake.message
    return [(hit, render.marked(hit.excerpt)) for hit in found], None


def _text(text: str, kind: str) -> Response:
    response = make_response(text)
    response.mimetype = kind
    response.headers["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    response.add_etag()
    response.make_conditional(request)
    return response
