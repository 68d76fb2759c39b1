"""Rows for tests, as plain functions; inside an app context. What is not said is the ordinary case."""

from __future__ import annotations

import datetime
import secrets
import time
from typing import Any

from halo import authenticate
from halo.ground import scopes, vault
from halo.ground.database import new_id, now, one_change
from halo.ground.principal import Client
from halo.oauth.models import Grant, OAuthClient, Token
from halo.perform import Context
from tests import cast

READS = "docs:read setup:read data:read"


def an_oauth_client(name: str = "Claude", **columns: Any) -> OAuthClient:
    """A registered public client."""
    values: dict[str, Any] = {"client_id": f"halo_client_{new_id()}", "kind": "dcr", "name": name}
    with one_change() as rows:
        client = OAuthClient(**(values | columns))
        rows.add(client)
    return client


def a_grant(words: str = READS, *, person: str = cast.OWNER, workspace: str = cast.ACME, **columns: Any) -> Grant:
    """What a person of the cast allowed a new client."""
    client = columns.pop("client", None) or an_oauth_client()
    values: dict[str, Any] = {
        "workspace_id": cast.workspace(workspace).id,
        "person_id": cast.person(person).id,
        "client_row_id": client.id,
        "scopes": scopes.join(words.split()),
        "resource": "http://127.0.0.1:8000/api/mcp",
    }
    with one_change() as rows:
        grant = Grant(**(values | columns))
        rows.add(grant)
    return grant


def a_token(words: str = READS, *, grant: Grant | None = None, seconds: int = 3600, **columns: Any) -> str:
    """An access token's text; `person`, `workspace` and the columns of the grant may be given."""
    grant = grant or a_grant(words, **columns)
    text = f"halo_at_{secrets.token_urlsafe(32)}"
    with one_change() as rows:
        rows.add(
            Token(
                workspace_id=grant.workspace_id,
                digest=vault.digest(text),
                kind="access",
                grant_id=grant.id,
                family_id=new_id(),
                scopes=grant.scopes,
                resource=grant.resource,
                expires_at=now() + datetime.timedelta(seconds=seconds),
            )
        )
    return text


def a_caller(words: str = READS, **columns: Any) -> Client:
    """The principal behind a new token."""
    return authenticate.by_bearer(a_token(words, **columns))


def a_context() -> Context:
    """A request that arrives now."""
    return Context(time.perf_counter_ns())
