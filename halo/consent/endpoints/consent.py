"""The consent page and its answer.

Chrome applies `form-action` to where a form's answer redirects, so this page names exactly the client's destination
beside our own. After an application scheme the browser would stay on a blank page, so such an answer is a page that
goes on by itself and has a link (S-32).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import Response, current_app, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from halo import catalogue, web
from halo.consent import choice as choosing
from halo.consent import first_calls, offers, places, risks, samples
from halo.consent.choice import DURATIONS, Before, Choice
from halo.consent.endpoints import blueprint
from halo.consent.samples import Sample
from halo.ground import groups, scopes
from halo.ground.database import one_change
from halo.ground.errors import Mistake, NotFound
from halo.ground.wire import addresses
from halo.oauth import admission, known_clients, logos, redirects, transactions
from halo.oauth.authorization import NOTHING
from halo.oauth.models import ConsentRequest
from halo.oauth.resources import OAUTH_PATH
from halo.oauth.rfc import OAuthServer
from halo.oauth.rfc.adapters import OAuthRequest
from halo.web import PERSON, door
from halo.web.answers import refused

GONE = "This request for access is not known here, or it is too old. Start again from the application."
EXPIRED = "Nobody answered it within ten minutes, so it counts no more. The application may be waiting still."
ANSWERED = "It was answered a while ago. What you allowed, and how to end it, stands on Connected apps."


@blueprint.get("/mcp/authorize", strict_slashes=False)
@door(PERSON)
def consent() -> Any:
    """Who asks, where the answer goes, what is asked for."""
    try:
        row = transactions.find(request.args.get("request", ""))
    except NotFound:
        return gone()
    state = transactions.state_of(row, principal=web.person())
    if state == "over":
        return over(row)
    if state == "answered":
        return _answered(row, transactions.answer_of(row))
    return form_page(row, request.args)


@blueprint.post(f"{OAUTH_PATH}/consent", strict_slashes=False)
@door(PERSON)
def decide() -> Any:
    """Allow or deny, once; pressed again within a minute, the same answer again."""
    name = request.form.get("request", "")
    try:
        with one_change():
            row = transactions.find(name, lock=True)
            state = transactions.state_of(row, principal=web.person())
            if state == "open":
                transactions.decide(row, _answer(row, request.form), principal=web.person())
            location = "" if state == "over" else transactions.answer_of(row)
    except NotFound:
        return gone()
    except Mistake as problem:
        return form_page(transactions.find(name), request.form, is_sent=True, problem=problem), 422
    return _on_to(row, location) if location else over(row)


def gone() -> Any:
    """For a name that stands for no request."""
    return refused("This request is not known", GONE, 404, ending=NOTHING)


def over(row: ConsentRequest) -> Any:
    """For a request that can be answered no more, or was."""
    if row.decided_at is not None:
        return refused("This request was answered already", ANSWERED, 410, restart=restart(row))
    return refused("This request has expired", EXPIRED, 410, restart=restart(row), ending=NOTHING)


def _answer(row: ConsentRequest, form: MultiDict[str, str]) -> str:
    """Where the browser goes: Authlib makes the response, and checks the request once more on the way."""
    settings, principal = web.settings(), web.person()
    kept = {name: str(value) for name, value in row.parameters.items() if value is not None}
    asked = OAuthRequest(settings, "GET", MultiDict(kept))
    server = OAuthServer(settings)
    decision = None
    if form.get("decision") == "allow":
        decision = choosing.decision(row, choice_of(form), principal=principal, settings=settings)
    elif form.get("decision") != "deny":
        raise Mistake("decision", "Allow or deny.")
    grant = server.get_authorization_grant(asked)
    response = server.create_authorization_response(asked, grant_user=decision, grant=grant)
    if not response.location:
        raise Mistake("decision", "The application changed its registration meanwhile; start again from there.")
    return str(response.location)


def choice_of(form: MultiDict[str, str], offered: Sequence[offers.Card] = ()) -> Choice:
    """The form's fields; with what the pressed button leaves out, of what is offered."""
    sent = Choice(
        ticked=tuple(form.getlist("scope")),
        later=tuple(form.getlist("later")),
        workspace=form.get("workspace", ""),
        duration=form.get("duration", ""),
        customer=form.get("customer", ""),
        is_grouped=form.get("grouped") == "yes",
        groups=offers.GroupTicks(frozenset(form.getlist("groups-shown")), frozenset(form.getlist("group"))),
    )
    return sent.leaving(form["leave"], offered) if form.get("leave") else sent


def _on_to(row: ConsentRequest, location: str) -> Any:
    if redirects.destination(row.parameters["redirect_uri"]).kind == "application":
        return _answered(row, location, goes_on=True)
    headers = {"Location": location, "Cache-Control": "no-store", "Content-Type": "text/plain"}
    return current_app.make_response(("", 303, headers))


def _answered(row: ConsentRequest, location: str, *, goes_on: bool = False) -> Response:
    grant_id = transactions.grant_of(row)
    arrival = first_calls.awaited(grant_id, principal=web.person()) if grant_id else None
    return _page(row, "consent/answered.html", location=location, goes_on=goes_on, arrival=arrival)


def form_page(
    row: ConsentRequest,
    form: MultiDict[str, str],
    *,
    is_sent: bool = False,
    problem: Mistake | None = None,
    sample: Sample | None = None,
) -> Response:
    """The page to decide on; with the form as it was sent, where it was."""
    principal, settings = web.person(), web.settings()
    found = places.open_to(row, principal=principal, settings=settings)
    here = places.choose(found, form.get("workspace"), principal=principal)
    if here is not None:
        admission.note(row.client, here.workspace.id)
    held = choosing.before(row, here) if here else None
    offered = choosing.cards(row, here, held) if here else ()
    tools = catalogue.of(here.caller.workspace) if here else catalogue.declared()
    choice = choice_of(form, offered) if is_sent else choosing.prefilled(offered, held)
    return _page(
        row,
        "consent/consent.html",
        name=form.get("request", ""),
        places=found,
        here=here,
        cards=offered,
        held=held,
        held_out=[groups.in_words(placed) for placed in held.left_out] if held else [],
        dropped=[(scope, *scopes.describe(scope)) for scope in _dropped(row, held)],
        choice=choice,
        risk=risks.risk_of(
            choice.granted(offered), tools, choice.left_out(offered), is_bound=bool(choice.customer.strip())
        ),
        durations=[(days, words) for days, words in DURATIONS.items()],
        problem=problem,
        sample=sample,
        has_sample=samples.exists,
    )


def _dropped(row: ConsentRequest, held: Before | None) -> tuple[str, ...]:
    return offers.dropped(row.parameters["scope"], held.scopes if held else None)


def _page(row: ConsentRequest, template: str, **context: Any) -> Response:
    redirect_uri = row.parameters["redirect_uri"]
    to = redirects.destination(redirect_uri)
    body = render_template(
        template,
        client=row.client,
        logo=logos.of_clients([row.client]).get(row.client_row_id),
        origin=urlsplit(row.client.client_id).hostname if row.client.kind == "cimd" else None,
        to=to,
        is_from_list=row.client.is_from_list,
        badge_of_app=known_clients.badge(row.client, redirect_uri),
        borrowed=known_clients.borrowed_name(row.client, redirect_uri),
        restart=restart(row),
        **context,
    )
    response = current_app.make_response(body)
    response.headers["Content-Security-Policy"] = web.CSP.replace("form-action 'self'", f"form-action 'self' {to.csp}")
    return response


def restart(row: ConsentRequest) -> str:
    """The address that begins the same authorization again."""
    return addresses.extended(url_for("oauth.authorize"), transactions.restart(row))
