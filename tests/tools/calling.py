"""Calling a tool through the gate as a client of one of the cast, without a token."""

from __future__ import annotations

import time

from halo import facts, tool
from halo.ground.permissions import Role, permissions_of
from halo.ground.principal import Client
from halo.mcp import refusals
from halo.perform import Context, Refusal, perform
from halo.tool import Answer
from tests.cast import ACME, OWNER, person, workspace


def client_of(email: str, slug: str, scopes: str) -> Client:
    """What the bearer door would make of a good token of this person, with these scopes."""
    somebody, where = person(email), workspace(slug)
    return Client(
        token_id="t",
        grant_id="g",
        client_row_id="c",
        client_name="Tests",
        person_id=somebody.id,
        person_name=somebody.name,
        person_email=somebody.email,
        is_member=True,
        is_paused=False,
        permissions=permissions_of(Role.SUPER_ADMIN, []),
        scopes=frozenset(scopes.split()),
        resource="",
        expires_at=time.time() + 60,
        workspace=facts.of(where.id, facts.version_of(where.id)),
    )


def call(name: str, arguments: dict, *, email: str = OWNER, slug: str = ACME, scopes: str) -> Answer:
    """The answer of the tool; its data fits the output schema."""
    import jsonschema

    principal = client_of(email, slug, scopes)
    done = perform(name, arguments, principal=principal, context=Context(time.perf_counter_ns()))
    if isinstance(done, Refusal):
        return refusals.as_answer(done.denied)
    answer = done.answer
    if not answer.is_error:
        jsonschema.validate(answer.plain(), tool.find(name).result_schema)
    return answer
