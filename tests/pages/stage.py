"""What has happened before the pages are looked at: a client connected, called and was refused, one was invited."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pyotp
from flask import Flask
from sqlalchemy import select

from halo import authenticate, facts
from halo.actions import service as actions
from halo.agents import holding
from halo.agents import service as agents
from halo.agents.service import WantedAgent
from halo.audit import payloads
from halo.audit.leaving import streams
from halo.audit.leaving.streams import WantedStream
from halo.flags import service as flags
from halo.flags.vocabulary import MCP_EXTERNAL_SERVERS
from halo.ground import settings
from halo.ground.database import db
from halo.ground.modes import Mode
from halo.ground.permissions import Role
from halo.ground.principal import Member
from halo.ledger import redact
from halo.ledger.models import ActionExecution, Change
from halo.oauth import admission
from halo.oauth.admission import Admission, Admits
from halo.oauth.models import Grant
from halo.servers import reviewing
from halo.web.cookies import pending_cookie, session_cookie
from halo.workspaces import invitations, workspaces
from halo.workspaces.accounts import pending, people, sessions, two_factor
from tests import cast
from tests.audit.test_calls import a_call
from tests.oauth import flow
from tests.pages import connected
from tests.pages.catalogue import GUARD, HALF_WAY, REHEARSAL
from tests.servers.upstream import Theirs

CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("data_search_tickets", {"status": ["open"]}),
    ("search_docs", {"query": "consent"}),
    ("data_find_user", {"email": "nina.dubois@brightwater.example"}),
    ("data_find_user", {"email": 7}),
    ("data_list_negative_feedback", {}),
    ("setup_get_install_snippet", {"framework": "react"}),
)
SCOPES = "data:read docs:read setup:read actions:*"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
APPLICATION = "cursor://anysphere.cursor-mcp/oauth/callback"


def set_up(app: Flask, shop: Theirs) -> dict[str, str]:
    """Let it all happen to Acme, where `shop` is connected; what the paths of the catalogue are filled with."""
    flow.a_client(app, client_name="Codex").connect(flow.signed_in(app, cast.SUPPORT), scope="data:read docs:read")
    client = flow.a_client(app, client_name="Claude Code", client_uri="https://claude.example")
    token = client.connect(flow.signed_in(app), scope="data:read docs:read")["access_token"]
    for name, arguments in CALLS:
        _call(app, token, name, arguments)
    asking = flow.a_client(app, client_name="Cursor")
    application = flow.a_client(app, client_name="Cursor", redirect_uris=[APPLICATION])
    with app.app_context():
        _close_the_doors_next_door()
        _open_a_room_for_rehearsals()
        two_factor.begin(cast.PASSWORD, principal=_member(cast.OWNER))
        return {
            "authorize": f"{flow.AUTHORIZE}?{urlencode(asking.query(scope=SCOPES))}",
            "authorize_again": f"{flow.AUTHORIZE}?{urlencode(client.query(scope='docs:read setup:read'))}",
            "authorize_application": f"{flow.AUTHORIZE}?{urlencode(application.query())}",
            "shop_url": connected.connect(shop, principal=_member(cast.OWNER)),
            **_agents(),
            "slug": cast.ACME,
            "token": _invite(),
            "person_id": cast.person(cast.SUPPORT).id,
            "grant_id": _newest(Grant.id),
            "change_id": _newest(Change.id),
            "execution_id": _newest(ActionExecution.id),
            "limited_id": _newest(ActionExecution.id, "rehearsal"),
            "stream_id": _send_the_log_on("https://logs.example.com/halo"),
            "paused_stream_id": _send_the_log_on("https://otel.example.com", kind="otlp", is_paused=True),
        }


def _agents() -> dict[str, str]:
    """An agent that may call something, also of the connected server, one that may not yet, and an archived one."""
    owner = _member(cast.OWNER)
    front, draft, gone = (
        agents.create(WantedAgent(name, instructions="Be brief and friendly.", status=status), principal=owner)
        for name, status in (("Front desk", "live"), ("Renewals", "draft"), ("Old front desk", "paused"))
    )
    reviewing.sort("parcels", "send_parcel", "public", principal=owner)
    free = ("data_find_user", "search_docs", "parcels__track_parcel", "parcels__send_parcel")
    modes = {**dict.fromkeys(free, Mode.AUTO), "data_search_tickets": Mode.ASK, "parcels__cancel_parcel": Mode.ASK}
    here = facts.now_of(owner.workspace_id)
    actions.set_modes(modes, holder=holding.holder(front), workspace=here, principal=owner)
    agents.archive(gone.id, principal=owner)
    return {"agent_id": front.id, "draft_agent_id": draft.id, "archived_agent_id": gone.id}


def cookie_of(app: Flask, email: str) -> tuple[str, str]:
    """The name and value of the cookie of somebody who is signed in, or is on the way."""
    with app.app_context():
        if email == HALF_WAY:
            return pending_cookie(), pending.begin(_with_two_factor(cast.ADMIN), "/dashboard")
        person_id = cast.person(email).id
        has_two_factor = two_factor.of_person(person_id) is not None
        return session_cookie(), sessions.start(person_id, second_factor=has_two_factor)


def _send_the_log_on(address: str, *, kind: str = "webhook", is_paused: bool = False) -> str:
    """A stream of Acme's log."""
    owner = _member(cast.OWNER)
    wanted = WantedStream(kind, address, takes_calls=True, takes_changes=True, payloads="masked")
    stream, _ = streams.add(wanted, from_the_beginning=True, settings=settings.current(), principal=owner)
    if is_paused:
        streams.pause(stream.id, principal=owner)
    return stream.id


def _close_the_doors_next_door() -> None:
    """A workspace that lets in known apps only."""
    guard = people.create(GUARD, "Greta Guard", cast.PASSWORD)
    workspaces.create("Guarded", "guarded", guard)
    admission.change(Admission(cimd=Admits.KNOWN, dcr=Admits.OFF), principal=_member(GUARD))


def _open_a_room_for_rehearsals() -> None:
    """A workspace of somebody with two-factor sign-in, where acts leave things behind; its last call is one past a
    limit, which stands for more and was traced, and its arguments are searched."""
    workspaces.create("Rehearsal", "rehearsal", people.create(REHEARSAL, "Rita Rehearsal", cast.PASSWORD))
    rita = _member(REHEARSAL)
    flags.turn_on(MCP_EXTERNAL_SERVERS, workspace_id=rita.workspace_id, why="To rehearse", principal=None)
    asked = {"email": "nina.dubois@brightwater.example"}
    a_call("rehearsal", person_id=rita.person_id, arguments=asked)
    limited = {"outcome": "refused", "reason": "rate_limited", "arguments": redact.redact(asked, "none")}
    a_call("rehearsal", person_id=rita.person_id, stands_for=1204, trace_id=TRACE, **limited)
    payloads.open_search("brightwater", "Ticket 4711: they asked who looked them up", principal=rita)
    _with_two_factor(REHEARSAL)


def _with_two_factor(email: str) -> str:
    """The id of a person who has an authenticator by now."""
    member = _member(email)
    if two_factor.of_person(member.person_id) is None:
        two_factor.begin(cast.PASSWORD, principal=member)
        two_factor.confirm(pyotp.TOTP(two_factor.setup(principal=member).secret).now(), principal=member)
    return member.person_id


def _member(email: str) -> Member:
    member = authenticate.by_cookie(sessions.start(cast.person(email).id))
    assert member is not None
    return member


def _call(app: Flask, token: str, name: str, arguments: dict[str, Any]) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json, text/event-stream",
        "User-Agent": "claude-code/2.1 (cli)",
    }
    app.test_client().post(flow.MCP, json=body, headers=headers)


def _invite() -> str:
    return invitations.create("new@acme.test", Role.MEMBER, preset="analyst", principal=_member(cast.OWNER))[1]


def _newest(column: Any, slug: str = cast.ACME) -> str:
    found = db.session.scalars(
        select(column).where(column.class_.workspace_id == cast.workspace(slug).id).order_by(column.desc()).limit(1)
    ).first()
    assert found is not None, f"the stage left no {column}"
    return str(found)
