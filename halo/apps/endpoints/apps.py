"""Connected apps: which applications act for whom here, and one of them in full, beside the list or on its own page."""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template, url_for

from halo import web
from halo.apps import access, dossier, summaries, sweeps
from halo.apps import connections as held
from halo.apps.endpoints import blueprint
from halo.audit import history, phrases
from halo.consent import offers
from halo.ground import groups
from halo.ground.errors import Mistake
from halo.ground.permissions import Permission
from halo.ledger import events
from halo.oauth import redirects
from halo.oauth.models import Grant
from halo.web import MEMBER, door, queries

GROUPS = {"": "No groups", "person": "By person", "app": "By app"}
FILTERS = {
    "show": queries.one_of(["all"]), "q": queries.text(100), "state": queries.one_of(summaries.STATES),
    "by": queries.one_of(GROUPS),
}  # fmt: skip


@blueprint.get("/dashboard/apps")
@door(MEMBER)
def apps() -> Any:
    """One's own connections; with `apps:manage` also those of the whole workspace."""
    asked = dict(queries.read(FILTERS).demand().values)
    rows, total = summaries.page(
        principal=web.principal(),
        everyone=asked.get("show") == "all",
        query=asked.get("q", ""),
        state=asked.get("state", ""),
    )
    return web.respond(
        "apps/apps.html",
        "apps/_apps.html",
        asked=asked,
        everyone=asked.get("show") == "all",
        groups=summaries.groups(rows, asked.get("by", "")),
        shown=len(rows),
        total=total,
        states=summaries.STATES,
        ways=GROUPS,
        connect=url_for("connect.clients") if "connect.clients" in current_app.view_functions else "",
        link=lambda **changed: url_for("apps.apps", **{k: v for k, v in (asked | changed).items() if v}),
    )


@blueprint.get("/dashboard/apps/<uuid:grant_id>")
@door(MEMBER)
def app(grant_id: object) -> Any:
    """One connection, ended ones too: allowed what and when, used how, and everything that can be done about it."""
    grant = held.find(str(grant_id), principal=web.principal())
    return web.respond("apps/app.html", "apps/_app_drawer.html", **about(grant))


@blueprint.get("/dashboard/apps/<uuid:grant_id>/proof")
@door(MEMBER)
def proof(grant_id: object) -> Any:
    """The first call that was refused since the connection was ended or paused; asked until there is one."""
    grant = held.find(str(grant_id), principal=web.principal())
    return web.respond("apps/app.html", "apps/_proof.html", **about(grant))


def about(grant: Grant, problem: Mistake | None = None) -> dict[str, Any]:
    """What the templates of one connection need."""
    principal = web.principal()
    manages = principal.may(Permission.APPS_MANAGE)
    file = dossier.compiled(grant)
    cards = access.cards(grant, principal=principal) if grant.revoked_at is None else ()
    return {
        "file": file,
        "why": phrases.why,
        "actor": history.actor,
        "in_words": groups.in_words,
        "people": history.names(file.history),
        "grant": grant,
        "cards": cards,
        "ticked": offers.ticked_at_first(cards),
        "is_mine": grant.person_id == principal.person_id,
        "to": redirects.destination(grant.redirect_uri).words if grant.redirect_uri else "",
        "sentence": events.sentence,
        "proof": dossier.proof(grant),
        "siblings": len(sweeps.of_app(grant, principal=principal)) if manages else 0,
        "problem": problem,
        "back": url_for("apps.apps", show=None if grant.person_id == principal.person_id else "all"),
    }


def changed(grant: Grant, message: str) -> Any:
    """After a change of one connection: its part for htmx, and word to the list beside it; else its page."""
    target = url_for("apps.app", grant_id=grant.id)
    answer = current_app.make_response(web.after_change(target, message, partial="apps/_app.html", **about(grant)))
    answer.headers["HX-Trigger"] = "apps-changed"
    return answer


def wrong(grant: Grant, problem: Mistake) -> Any:
    """The same part with the message."""
    return web.respond("apps/app.html", "apps/_app.html", 422, **about(grant, problem))


def confirm(title: str, sentence: str, action: str, label: str, back: str, listed: list[Grant] | None = None) -> Any:
    """The page that asks once more, for what cannot be taken back; with what would go, where it is more than one."""
    return render_template(
        "apps/confirm.html",
        title=title,
        sentence=sentence,
        action=action,
        label=label,
        back=back,
        rows=summaries.apps(listed or []),
        fields={},
    )
