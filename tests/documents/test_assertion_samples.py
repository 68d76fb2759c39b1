"""The samples of "Prove who is asking", run as they stand against statements that Halo sent with calls."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from halo.documents import service
from halo.ground.settings import development_settings
from halo.servers import assertion
from halo.servers.assertion import Call
from tests import cast
from tests.servers.connected import FIND, JANE, a_person, a_server, an_agent, answered
from tests.servers.upstream import Answer, Theirs, modern, theirs

PAGE = service.library(development_settings()).get("prove-who-is-asking").markdown
NAME = "shop__find_orders"
ASKED = {"email": "ä\u2028😀@b.test", "status": "open", "limits": {"b": [1, 2.5, None, True], "a": 1e21}}
PYTHON = """
import json, sys
for assertion, tool, arguments in json.load(sys.stdin):
    try:
        print(json.dumps(who_is_asking(assertion, tool, arguments)))
    except jwt.InvalidTokenError:
        print('"refused"')
"""
NODE = """
let text = "";
for await (const piece of process.stdin) text += piece;
for (const [assertion, tool, args] of JSON.parse(text)) {
  try { console.log(JSON.stringify(await whoIsAsking(assertion, tool, args))); }
  catch (problem) { console.log('"refused"'); }
}
"""
pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


@pytest.fixture
def halo() -> Iterator[Theirs]:
    """Where the samples find the keys: an address that hands every request on to the app."""
    with theirs(lambda _: Answer(status=503)) as server:
        yield server


@pytest.fixture
def app(make_app: Callable[..., Flask], halo: Theirs) -> Flask:
    made = make_app(base_url=halo.origin)
    halo.behaves = lambda asked: Answer(made.test_client().get(asked.path).data)
    return made


def sample(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def stated(app: Flask, upstream: Theirs, **columns: Any) -> list[str]:
    """What came with a call of Jane's agent, and with one of a person who tries the tool."""
    with app.app_context():
        a_server(upstream.url, FIND, sends_assertion=True, is_ours=True, **columns)
        for caller in (an_agent(NAME), a_person()):
            answered(caller, NAME, ASKED)
    came = [asked.headers.get(assertion.HEADER) for asked in upstream.asked if asked.rpc == "tools/call"]
    return [each for each in came if each]


def ran(command: list[str], halo: Theirs, upstream: Theirs, workspace: str, cases: list[Any]) -> list[Any]:
    here = {"HALO_URL": halo.origin, "SERVER_URL": upstream.url, "HALO_WORKSPACE": workspace}
    done = subprocess.run(
        command, input=json.dumps(cases), env=os.environ | here, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("language", ["python", "js"])
def test_a_sample_knows_the_customer_and_refuses_whatever_is_not_of_this_call(
    app: Flask, halo: Theirs, tmp_path: Path, language: str, request: pytest.FixtureRequest
) -> None:
    program = tmp_path / "check.mjs"
    program.write_text(sample("js") + NODE)
    with theirs(modern) as upstream:
        of_jane, of_nobody = stated(app, upstream)
        command = [sys.executable, "-c", sample("python") + PYTHON]
        if language == "js":
            command = [request.getfixturevalue("node"), str(program)]
        head, body, signature = of_jane.split(".")
        with app.app_context():
            from halo.servers import keys

            ours, theirs_ = cast.workspace().id, cast.workspace(cast.UMBRA).id
            elsewhere = Call("https://other.example/mcp", ours, "find_orders", ASKED)
            for_another = assertion.signed(elsewhere, keys.signing(), issuer=halo.origin)
            of_another = assertion.signed(
                Call(upstream.url, ours, "find_orders", ASKED), keys.signing(), issuer="https://other.example"
            )
            of_their_customer = assertion.signed(
                Call(upstream.url, theirs_, "find_orders", ASKED, customer=JANE), keys.signing(), issuer=halo.origin
            )
        forged = assertion.signed(
            Call(upstream.url, ours, "find_orders", ASKED), assertion.new_key(), issuer=halo.origin
        )
        cases = [
            [of_jane, "refund_order", ASKED],
            [of_jane, "find_orders", ASKED | {"status": "shut"}],
            [of_jane, "find_orders", {}],
            [f"{head}.{of_nobody.split('.')[1]}.{signature}", "find_orders", ASKED],
            [f"{head}.{body}.", "find_orders", ASKED],
            [for_another, "find_orders", ASKED],
            [of_another, "find_orders", ASKED],
            [of_their_customer, "find_orders", ASKED],
            [forged, "find_orders", ASKED],
            [of_jane, "find_orders", ASKED],
            [of_jane, "find_orders", ASKED],
            [of_nobody, "find_orders", ASKED],
        ]
        said = ran(command, halo, upstream, ours, cases)
    jane = {"id": JANE.end_user_id, "external_id": "42", "email": "jane@customer.test"}
    assert said == ["refused"] * 9 + [jane, "refused", None]
