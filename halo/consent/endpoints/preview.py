"""Parts of the consent page that follow the ticks: what they risk, and a sample of what the application would see.

A button of the page's form leads here, so that nothing ticked is lost; a script asks for the part alone. Both run for
the person of the session, in a workspace of theirs, and for scopes that this request offers them.
"""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask_limiter import RateLimitExceeded

from halo import catalogue, web
from halo.consent import choice, offers, places, risks, samples
from halo.consent.endpoints import blueprint
from halo.consent.endpoints.consent import choice_of, form_page, gone, over
from halo.consent.places import Place
from halo.consent.samples import Sample
from halo.ground import limits
from halo.ground.errors import NotFound, Reason
from halo.oauth import transactions
from halo.oauth.models import ConsentRequest
from halo.web import PERSON, door, limiter


@blueprint.post("/mcp/authorize/preview")
@door(PERSON)
def preview() -> Any:
    """The page as it is filled in, with its risk worked out again, and with the sample that was asked for."""
    try:
        row = transactions.find(request.form.get("request", ""))
    except NotFound:
        return gone()
    if transactions.state_of(row, principal=web.person()) != "open":
        return over(row)
    scope = request.form.get("sample", "")
    sample = _sample(row, scope) if scope else None
    if not web.is_htmx():
        return form_page(row, request.form, is_sent=True, sample=sample)
    if sample is not None:
        return render_template("consent/_sample.html", sample=sample, slug=samples.slug(sample.scope))
    return render_template("consent/_risk.html", risk=_risk(row))


def _risk(row: ConsentRequest) -> risks.Risk:
    here = _here(row)
    if here is None:
        return risks.risk_of((), catalogue.declared())
    offered = choice.cards(row, here, choice.before(row, here))
    chosen, tools = choice_of(request.form, offered), catalogue.of(here.caller.workspace)
    return risks.risk_of(
        chosen.granted(offered), tools, chosen.left_out(offered), is_bound=bool(chosen.customer.strip())
    )


def _sample(row: ConsentRequest, scope: str) -> Sample | None:
    here = _here(row)
    if here is None or here.refusal is not None or not samples.exists(scope):
        return None
    if not any(card.scope == scope and not card.refusal for card in _offered(row, here)):
        return None
    try:
        with limiter.limit(limits.SAMPLES_PER_PERSON, key_func=lambda: web.person().person_id):
            return samples.take(scope, member=here.member)
    except RateLimitExceeded:
        says = "That were many samples in a short time. Try again in a minute."
        return Sample(scope, "", refusal=Reason.rate_limited, message=says)


def _offered(row: ConsentRequest, here: Place) -> tuple[offers.Card, ...]:
    return choice.cards(row, here, None)


def _here(row: ConsentRequest) -> Place | None:
    found = places.open_to(row, principal=web.person(), settings=web.settings())
    return places.choose(found, request.form.get("workspace"), principal=web.person())
