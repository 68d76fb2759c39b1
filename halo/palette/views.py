"""The palette's one door: the lines that fit for htmx, and the same as a page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, url_for

from halo import web
from halo.documents import service as documents
from halo.ground.principal import Member, SignedIn
from halo.palette import service, ways
from halo.palette.service import Offer, OfferGroup
from halo.palette.ways import Way
from halo.web import PERSON, door, navigation, queries

blueprint = Blueprint("palette", __name__)


@blueprint.get("/dashboard/palette")
@door(PERSON)
def palette() -> Any:
    """Find a page, a tool, a person or an app by its name."""
    query = queries.read({"q": queries.text()}).demand().get("q")
    groups = service.find(query, _groups(web.person()))
    lines = [(group.name, [(entry, _url(entry)) for entry in group.entries]) for group in groups]
    return web.respond("palette/palette.html", "palette/_found.html", query=query, found=lines)


def _groups(person: SignedIn) -> list[OfferGroup]:
    """Everything that this person may open; the workspace's own things last."""
    menu = [Offer(it.label, it.icon, it.endpoint) for it in navigation.open_to(person)]
    groups = [
        OfferGroup("Commands", _ways(ways.ACTIONS, person)),
        OfferGroup("Pages", [*menu, *_ways(ways.PAGES, person)]),
    ]
    if isinstance(person, Member) and not person.lacks_two_factor:
        groups += [
            OfferGroup("Connected apps", service.apps(person)),
            OfferGroup("People", service.people(person)),
            OfferGroup("Tools", service.tools(person)),
        ]
    return [*groups, OfferGroup("Documentation", _documents())]


def _ways(some: Iterable[Way], person: SignedIn) -> list[Offer]:
    return [
        Offer(way.name, way.icon, way.endpoint, words=way.words, values=way.values)
        for way in some
        if ways.is_open_to(way, person)
    ]


def _documents() -> list[Offer]:
    library = documents.library(web.settings())
    return [
        Offer(page.title, "book-open", "documents.page", page.section, "", {"slug": page.slug})
        for page in library.pages
    ]


def _url(entry: Offer) -> str:
    return url_for(entry.endpoint, **entry.values)
