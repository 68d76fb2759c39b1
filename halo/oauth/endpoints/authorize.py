"""Where a browser arrives: the table of `halo.oauth.authorization` checks the request, and a person is asked.

Wrong client or redirect URI: a page, and nothing else, because an answer would go to whoever made the link. Whatever
else is wrong is told to the client; but anybody may register one, so a browser in which nobody is signed in is sent to
no web address that we do not know (RFC 9700 4.11.2): it gets the page, with a link.
"""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, request, url_for
from flask_limiter import RateLimitExceeded

from halo import web
from halo.ground import limits
from halo.ground.principal import Member
from halo.ground.wire import addresses
from halo.oauth import authorization, known_clients, redirects, resources, steps, transactions
from halo.oauth.authorization import NOTHING, AuthorizationRequest, RefusedRequest, Unanswerable
from halo.oauth.endpoints import blueprint
from halo.oauth.resources import OAUTH_PATH
from halo.web import OPEN, answers, door, failures, limiter
from halo.web.answers import refused
from halo.web.throttle import seconds_to_wait

WRONG = "The app made a mistake in its request"


@blueprint.get(f"{OAUTH_PATH}/authorize", strict_slashes=False)
@limiter.limit(limits.AUTHORIZATIONS_PER_ADDRESS)
@door(OPEN)
def authorize() -> Any:
    """On to the consent page, by way of sign-in where nobody is signed in."""
    asked = AuthorizationRequest(_sent(), web.settings())
    try:
        for check in authorization.CHECKS:
            check(asked)
    except Unanswerable as problem:
        _note(asked, f"{problem.title}. {problem.message}")
        return refused(problem.title, problem.message, ending=NOTHING)
    except RefusedRequest as problem:
        _note(asked, problem.message)
        return _to_the_client(asked, problem)
    name = transactions.open_request(asked.client, asked.parameters(), settings=web.settings())
    page = url_for("consent.consent", request=name)
    return redirect(page if web.visitor() else url_for("workspaces.signin", next=page), 303)


def _sent() -> dict[str, list[str]]:
    """Every parameter with its values; the state as it was meant (`authorization.states_in`)."""
    sent = dict(request.args.lists())
    return (
        sent | {"state": authorization.states_in(request.query_string.decode("latin-1"))} if "state" in sent else sent
    )


@blueprint.errorhandler(RateLimitExceeded)
def too_often(problem: RateLimitExceeded) -> Any:
    """A person reads this one; the machine doors of the blueprint answer theirs in JSON."""
    if (spoken := answers.dialect()) is not None:
        return failures.answer(problem, spoken)
    message, status = refused(
        "One moment", "Too many requests came from this address. Try again in a minute.", 429, ending=NOTHING
    )
    return message, status, {"Retry-After": str(seconds_to_wait())}


@blueprint.get("/authorize", strict_slashes=False)
@door(OPEN)
def authorize_at_origin() -> Response:
    """For clients that drop the path of the endpoint (S-07)."""
    query = request.query_string.decode("ascii", "replace")
    return redirect(url_for("oauth.authorize") + (f"?{query}" if query else ""), 302)  # type: ignore[return-value]


def _note(asked: AuthorizationRequest, sentence: str) -> None:
    """For whoever watches the workspace whose address the client asks for; without one, for the person's own."""
    settings, visitor = web.settings(), web.visitor()
    named = resources.ours(settings, asked.get("resource") or "")
    slug = resources.slug_of(settings, named) if named else None
    here = visitor.workspace_id if isinstance(visitor, Member) and slug is None else ""
    steps.note(
        steps.StepKind.NOT_ASKED, slug=slug, workspace_id=here, caller=request.remote_addr or "", sentence=sentence
    )


def _to_the_client(asked: AuthorizationRequest, problem: RefusedRequest) -> Any:
    parameters = [("error", problem.error), ("error_description", problem.message)]
    state = asked.get("state")
    if state and len(asked.sent["state"]) == 1:
        parameters.append(("state", state))
    parameters.append(("iss", web.settings().base_url))
    target = addresses.extended(asked.redirect_uri, parameters)
    if web.visitor() or _is_trusted(asked):
        return redirect(target, 302)
    host = redirects.destination(asked.redirect_uri).words
    return refused(WRONG, problem.message, ending=NOTHING, back=target, host=host)


def _is_trusted(asked: AuthorizationRequest) -> bool:
    """Whether the answer stays on the person's device, or goes to an address on our list."""
    where = redirects.destination(asked.redirect_uri)
    return where.kind != "web" or known_clients.badge(asked.client, asked.redirect_uri) is not None
