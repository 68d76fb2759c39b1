"""Who is asking, and may this connection do anything at all: Origin, bearer token, audience, customer, gate.

Asked of every request, whatever came before it on the connection. A refusal of somebody we know writes its audit row
here, one for each message of a batch; strangers leave none.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from urllib.parse import urlsplit

from halo import authenticate, gate, perform
from halo.contacts import customers
from halo.ground import limits
from halo.ground.errors import Denied, Reason
from halo.ground.principal import Client
from halo.ground.settings import Settings
from halo.ground.telemetry import here
from halo.ground.wire import bearer
from halo.mcp import methods, protocol, refusals, watched
from halo.mcp.arrival import VERSION_HEADER, Arrival
from halo.oauth import grants, redirects, resources
from halo.perform import Context


def check_origin(arrival: Arrival) -> None:
    """Refuse a page of a web origin that is not on the list, so that DNS rebinding leads nowhere."""
    origin = arrival.header("Origin")
    if origin is not None and not _is_welcome(origin, arrival.settings):
        raise Denied(Reason.origin_refused)


def admitted(arrival: Arrival) -> Client:
    """The client behind the request, if its connection may do anything now; raises `Denied`."""
    try:
        client = authenticate.by_bearer(bearer.credential(arrival.header("Authorization")))
        here.of_workspace(client.workspace_id)
    except authenticate.Refused as refused:
        here.of_workspace(refused.client.workspace_id)
        for context in _contexts(arrival, refused.reason):
            perform.record_dead(refused.client, refused.reason, context)
        raise
    try:
        _check_audience(client, arrival)
        gate.admit(client)
        grants.touch(client.grant_id)
        sent = arrival.header("Halo-Customer-Token")
        return client if sent is None else _for_customer(client, sent)
    except Denied as denied:
        for context in _contexts(arrival, denied.reason):
            perform.record_refusal(client, denied.reason, context)
        raise


def _is_welcome(origin: str, settings: Settings) -> bool:
    if origin == settings.base_url or origin in settings.origins or "*" in settings.origins:
        return True
    # On a developer's machine the inspector and other tools are pages of loopback addresses.
    return _is_loopback(settings.base_url) and _is_loopback(origin)


def _is_loopback(url: str) -> bool:
    try:
        return urlsplit(url).hostname in redirects.LOOPBACK
    except ValueError:
        return False


def _check_audience(client: Client, arrival: Arrival) -> None:
    settings, path = arrival.settings, arrival.path
    if path == resources.MCP_PATH and client.resource == settings.mcp_url:
        return
    asked = resources.of_path(settings, path)
    if not resources.serves(settings, client.resource, asked, workspace_slug=client.workspace.slug):
        raise Denied(Reason.audience_mismatch)


def _contexts(arrival: Arrival, reason: Reason) -> Iterator[Context]:
    """What the audit rows of a refused request say: one row, or one for each message of a batch up to the most that it
    may hold. The body may be anything. Each is an operation until the next is asked for."""
    value = arrival.peek()
    values = value[: limits.BATCH_MESSAGES] if isinstance(value, list) and value else [value]
    for one in values:
        message = protocol.glimpse(one, arrival.header(VERSION_HEADER))
        with watched.refused(one, arrival, refusals.CODES[reason]):
            if message is None:
                yield Context(arrival.started_ns, method=arrival.method)
            else:
                yield methods.context_of(message, arrival)


def _for_customer(client: Client, token: str) -> Client:
    """The client bound to the one customer whom the application vouches for, for this request."""
    customer = customers.customer_of(token, workspace_id=client.workspace_id)
    if client.customer is not None and client.customer.end_user_id != customer.end_user_id:
        raise Denied(Reason.customer_mismatch)
    return dataclasses.replace(client, customer=customer)
