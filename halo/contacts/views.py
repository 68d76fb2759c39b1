"""The doors of the ingestion API, `/api/sdk`: JSON in, JSON out, open to every origin, by widget key."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, Response, g, request

from halo.contacts import identity
from halo.contacts.endpoints import failures
from halo.contacts.ingestion import events, identify, parsing, site, tickets, traits
from halo.contacts.ingestion.identify import Profile
from halo.contacts.ingestion.parsing import BODY_BYTES, BULK_BYTES, Fields
from halo.contacts.ingestion.site import Site
from halo.contacts.ingestion.tickets import TicketRequest
from halo.contacts.widget import configuration
from halo.ground import limits
from halo.ground.errors import Denied, Mistake, Reason
from halo.ground.telemetry import here
from halo.ground.wire import bearer
from halo.web import OPEN, WIDGET_KEY, answers, door, limiter, throttle

blueprint = Blueprint("contacts", __name__, url_prefix="/api/sdk")
LONGEST_TOKEN = identity.LONGEST_TOKEN
_limited = limiter.shared_limit(limits.INGESTION_PER_KEY, scope="ingestion", key_func=lambda: _site().workspace_id)


@blueprint.before_request
def come_in() -> None:
    """Whose key it is, before anything of the body is read."""
    request.max_content_length = BULK_BYTES if request.endpoint == "contacts.update_users" else BODY_BYTES
    if request.method == "OPTIONS" or request.endpoint == "contacts.config":
        return
    wanted = "Send the widget key: Authorization: Bearer ab_live_..."
    g.site = site.of_key(bearer.credential(request.headers.get("Authorization"), wanted))
    if g.site is None:
        raise Denied(Reason.credential_unknown, "This widget key is not known; the current one stands under Settings.")
    here.of_workspace(_site().workspace_id)


@blueprint.post("/users/identify")
@door(WIDGET_KEY)
@_limited
def identify_user() -> Any:
    body = _body()
    user_id = body.required_identity("user_id")
    claims = site.vouched(_site(), user_id, body.text("user_token", LONGEST_TOKEN))
    body.text("session_id", 100)
    profile = _profile(body, traits.RESERVED_OF_USERS, parsing.USER_BYTES, traits.of_users(_site().time_zone))
    user, is_new = identify.identify(_site(), user_id, profile, claims, "widget")
    return {"success": True, "created": is_new, "user": {"id": user.id, "user_id": user.external_id}}


@blueprint.post("/users/update")
@door(WIDGET_KEY)
@_limited
def update_users() -> Any:
    body = _body()
    identity.verify_update(body.text("token", LONGEST_TOKEN) or "", _site().secret)
    update_only = body.boolean("update_only")
    told: dict[str, Profile] = {}
    known = traits.of_users(_site().time_zone)
    for position, one in enumerate(body.objects("users", parsing.PEOPLE)):
        at = f"users[{position}].traits."
        profile = _profile(one, traits.RESERVED_OF_USERS, parsing.USER_BYTES, known, at)
        told[one.required_identity("user_id")] = profile
    updated, created, skipped = identify.update(_site(), told, update_only=update_only)
    return {"success": True, "updated": updated, "created": created, "skipped": skipped}


@blueprint.post("/companies/identify")
@door(WIDGET_KEY)
@_limited
def identify_company() -> Any:
    body = _body()
    company_id = body.required_identity("company_id")
    user_id = body.identity("user_id")
    token = body.text("user_token", LONGEST_TOKEN)
    claims = site.vouched(_site(), user_id, token) if user_id is not None else {}
    if user_id is not None:
        site.check_company(_site(), company_id, claims)
    elif _site().identity_required:
        raise Denied(Reason.customer_token_invalid, "This workspace demands identity: send user_id and user_token.")
    profile = _profile(
        body, traits.RESERVED_OF_COMPANIES, parsing.COMPANY_BYTES, traits.of_companies(_site().time_zone)
    )
    company, is_new = identify.identify_company(_site(), company_id, user_id, profile, claims)
    return {"success": True, "created": is_new, "company": {"id": company.id, "company_id": company.external_id}}


@blueprint.post("/events")
@door(WIDGET_KEY)
@_limited
def record_events() -> Any:
    body = _body()
    user_id = body.identity("user_id")
    if user_id is not None:
        site.vouched(_site(), user_id, body.text("user_token", LONGEST_TOKEN))
    told = [
        {
            "event_type": one.required("event_type", 100),
            "element_selector": one.text("element_selector", 1000),
            "page_url": one.text("page_url", 2048),
            "details": one.sized("metadata", parsing.EVENT_BYTES),
        }
        for one in body.objects("events", parsing.EVENTS)
    ]
    events.record(_site(), user_id, body.text("session_id", 100), told)
    return {"success": True}


@blueprint.post("/tickets/create")
@door(WIDGET_KEY)
@_limited
def create_ticket() -> Any:
    body = _body()
    user_id = body.identity("user_id")
    who = {"email": body.text("email", 320), "name": body.text("name", traits.LONGEST_NAME)}
    known, _ = traits.split(who, traits.of_users(_site().time_zone), "")
    email = known["email"]
    if user_id is None and email is None:
        raise Mistake("user_id", "user_id: one of user_id and email is required.")
    if user_id is not None:
        site.vouched(_site(), user_id, body.text("user_token", LONGEST_TOKEN))
    wanted = TicketRequest(
        user_id=user_id,
        email=email,
        name=known["name"],
        subject=body.required("subject", 1000),
        message=body.text("message", parsing.MESSAGE),
        is_priority=body.text("priority", 50) == "priority",
        source=body.text("source", 50) or "api",
        details=body.sized("metadata", parsing.TICKET_BYTES),
    )
    ticket = tickets.open_ticket(_site(), wanted)
    told = {"id": ticket.id, "number": ticket.number, "subject": ticket.subject, "status": str(ticket.status)}
    return {"success": True, "ticket": told}, 201


@blueprint.get("/config")
@door(OPEN)
def config() -> Any:
    """What the widget may show; needs no key and holds no secret."""
    org_id = request.args.get("org_id", "").strip()
    if not org_id:
        raise Mistake("org_id", "org_id: is required.")
    return configuration(org_id)


def _site() -> Site:
    return cast(Site, g.site)


def _body() -> Fields:
    if not request.is_json:
        raise failures.UnsupportedType("content-type", "Send the body as application/json.")
    most = limits.BULK_VALUES if request.endpoint == "contacts.update_users" else limits.JSON_VALUES
    return parsing.parse(request.get_data(), most)


def _profile(fields: Fields, reserved: tuple[str, ...], most: int, known: traits.Known, at: str = "traits.") -> Profile:
    told, context = fields.profile(reserved, most)
    return Profile(*traits.split(told, known, at), context)


@blueprint.after_request
def open_to_every_origin(response: Response) -> Response:
    """CORS for pages of every origin: the key is public, and nothing here reads a cookie."""
    response.headers.update(failures.CORS)
    return response


@blueprint.after_request
def count_mistakes(response: Response) -> Response:
    """What was not taken costs the key nothing, and its sender's address a mistake; past that limit it says so.

    Hooks run in the reverse of their order here: what this one answers is then opened to every origin too.
    """
    if not (400 <= response.status_code < 500) or response.status_code == 429 or g.get("site") is None:
        return response
    throttle.give_back()
    try:
        address = limits.visitor(request.remote_addr)
        throttle.count(limits.INGESTION_MISTAKES_PER_ADDRESS, "ingestion-mistakes", _site().workspace_id, address)
    except Denied as denied:
        return failures.too_many(f"{limits.INGESTION_MISTAKES_PER_ADDRESS} that do not fit", denied)
    return response


answers.speak_throughout(blueprint, failures.DIALECT)
