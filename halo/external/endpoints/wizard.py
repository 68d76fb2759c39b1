"""Connecting a server: the address alone, what a look at it found, and then how it is to be called and let in."""

from __future__ import annotations

from typing import Any

from flask import Response, get_flashed_messages, render_template, request, stream_template, url_for

from halo import web
from halo.external import drafts
from halo.external.endpoints import blueprint
from halo.external.endpoints.page import MANAGE
from halo.ground import outbound
from halo.ground.errors import Mistake, UpstreamFailed
from halo.ground.server_limits import SERVER_CALL_SECONDS, SERVER_CHANGES_PER_PERSON
from halo.servers import aliases, clients, connecting, loading, pasted, wanted
from halo.servers.findings import STAGES
from halo.servers.probing import Examination
from halo.servers.wanted import Wanted
from halo.web import door, may, queries, throttle

WHOSE = (
    {"value": "stranger", "label": "A stranger's", "hint": "A vendor runs it. What it says counts as told by others."},
    {"value": "ours", "label": "Ours", "hint": "You run it. It can be told who the customer is."},
)  # fmt: skip
METHODS = tuple(
    {"value": name, "label": label, "hint": pasted.METHODS[name]}
    for name, label in (("none", "No sign-in"), ("bearer", "A token that you paste"), ("oauth2", "OAuth sign-in"))
)


LONGEST_ADDRESS = 2048
UNSHOWN = frozenset({"csrf_token", "token", "access_token", "refresh_token"})
"""Fields that no page shows again."""


@blueprint.get("/dashboard/integrations/new-server")
@door(may(MANAGE))
def new_server() -> Any:
    """One field: the address, which a link may bring along."""
    loading.demand(MANAGE, principal=web.principal())
    asked = queries.read({"url": queries.text(LONGEST_ADDRESS)}).demand()
    return render_template("external/new_server.html", **_page({"url": asked.get("url")}))


@blueprint.post("/dashboard/integrations/new-server/examination")
@door(may(MANAGE))
def examine_address() -> Any:
    """Look at the address, and send each line as it is found; the form for the rest follows when all is known."""
    principal = web.principal()
    loading.demand(MANAGE, principal=principal)
    try:
        url = wanted.address(request.form.get("url", ""), web.settings())
    except Mistake as problem:
        return _again({"url": request.form.get("url", "")}, problem, is_first=True)
    throttle.count(SERVER_CHANGES_PER_PERSON, "server-changes", principal.person_id)
    examination = Examination(
        url, outbound.servers(web.settings()), has_document=clients.ourselves(web.settings()).document is not None
    )
    get_flashed_messages(with_categories=True)  # the session cannot be written any more once the page is on its way
    page = stream_template(
        "external/new_server.html",
        **_page({"url": url}) | {"examination": examination, "suggest": lambda: drafts.suggested(examination)},
    )
    return Response(page, mimetype="text/html", headers={"X-Accel-Buffering": "no"})


@blueprint.get("/dashboard/integrations/new-server/slug")
@door(may(MANAGE))
def try_slug() -> Any:
    """What tools would be called under this slug, or why it cannot be taken."""
    asked = queries.read({"slug": queries.text()}).demand()
    return web.respond("external/slug.html", "external/_slug.html", **_named(asked.get("slug")))


@blueprint.post("/dashboard/integrations/new-server")
@door(may(MANAGE))
def begin_connection() -> Any:
    """Connect it; its tools are there to be reviewed at once, or once Halo has signed in."""
    principal = web.principal()
    loading.demand(MANAGE, principal=principal)
    throttle.count(SERVER_CHANGES_PER_PERSON, "server-changes", principal.person_id)
    try:
        server = connecting.connect(Wanted(**drafts.read(request.form)), principal=principal)
    except Mistake as problem:
        return _again(request.form, problem)
    except UpstreamFailed as problem:
        return _again(request.form, problem, status=502)
    if server.listed_at is None:
        target = url_for("external.server_credentials", server=server.slug)
        return web.after_change(target, f"{server.name} is connected. Sign in, and its tools are listed.")
    target = url_for("external.server_tools", server=server.slug)
    return web.after_change(target, f"{server.name} is connected. Review its tools, and switch some on.")


def _again(typed: Any, problem: Mistake | UpstreamFailed, *, status: int = 422, is_first: bool = False) -> Any:
    """The form as it was sent, with what is wrong."""
    field = problem.field if isinstance(problem, Mistake) else "url"
    name = {"credentials": _where_credentials_are(typed), "wishes": "scope", "url": "address"}.get(field, field)
    held = {name: value for name, value in typed.items() if name not in UNSHOWN}
    context = _page({"url": ""} | held, errors={name: problem.message})
    if not is_first:
        context["typed"] = held
    return render_template("external/new_server.html", **context), status


def _where_credentials_are(typed: Any) -> str:
    return "access_token" if typed.get("auth_method") == "oauth2" else "token"


def _page(held: dict[str, Any], errors: dict[str, str] | None = None) -> dict[str, Any]:
    return {
        "held": held,
        "errors": errors or {},
        "examination": None,
        "typed": None,
        "named": _named,
        "stages": STAGES,
        "methods": METHODS,
        "whose": WHOSE,
        "callback": clients.ourselves(web.settings()).callback,
        "advanced": drafts.ADVANCED,
        "call_seconds": SERVER_CALL_SECONDS,
    }


def _named(slug: str) -> dict[str, Any]:
    """What a slug makes of a tool's name, or what is wrong with it."""
    told = {"slug": slug, "problem": "", "alias": ""}
    try:
        wanted.fitting_slug(slug)
    except Mistake as problem:
        return told | {"problem": problem.message}
    if any(each.slug == slug for each in loading.servers(workspace_id=web.principal().workspace_id)):
        return told | {"problem": f"A server of this workspace is called {slug} already. Choose another slug."}
    return told | {"alias": aliases.alias(slug, "find_orders")}
