"""After Allow: the page that says whether the application has come. It asks every two seconds until it has."""

from __future__ import annotations

from typing import Any

from halo import web
from halo.consent import first_calls
from halo.consent.endpoints import blueprint
from halo.oauth import logos
from halo.web import PERSON, door


@blueprint.get("/mcp/connected/<uuid:grant_id>")
@door(PERSON)
def connected(grant_id: object) -> Any:
    """Waiting, or green; for the person who allowed it, and nobody else."""
    arrival = first_calls.awaited(str(grant_id), principal=web.person())
    client = arrival.grant.client
    logo = logos.of_clients([client]).get(client.id)
    return web.respond("consent/connected.html", "consent/_arrival.html", arrival=arrival, logo=logo)
