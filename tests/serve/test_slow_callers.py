"""Bodies that do not come, and readers who do not read: they cannot keep others from being answered."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

import httpx
import psutil
import pytest
from sqlalchemy import text

from halo.ground.database import now, one_change
from halo.ledger.models import ActionExecution
from halo.workspaces.accounts import sessions
from tests import cast
from tests.audit.test_calls import AUDIT, a_call
from tests.mcp.speaker import BOTH
from tests.support import raw, stores
from tests.support.live import LiveServer
from tests.support.raw import JSON, connections, everything, head
from tests.support.tokens import a_token_for, beside, lift_limits
from tests.support.until import until

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
THREADS = 8
WORKERS = 2
MANY = 3 * THREADS * WORKERS
"""Connections: more than there are threads, and than places in them."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """Few threads and little patience."""
    store = stores.separate("sqlite", tmp_path_factory.mktemp("slow"))
    settings = {"FLASK_APP": "tests.serve.impatient:create", "HALO_THREADS": str(THREADS)}
    with LiveServer(store, **settings) as server:
        yield server


@pytest.fixture(scope="module")
def token(server: LiveServer) -> str:
    """Of somebody known."""
    lift_limits(server)
    return a_token_for(server)


def ask(server: LiveServer, token: str) -> int:
    """A call on a connection of its own."""
    headers = {"Authorization": f"Bearer {token}", "Accept": BOTH}
    return httpx.post(server.mcp_url, json=PING, headers=headers, timeout=20, trust_env=False).status_code


def healthy(server: LiveServer) -> int:
    return httpx.get(f"{server.url}/healthz", timeout=20, trust_env=False).status_code


def knock(server: LiveServer) -> httpx.Response:
    """What a stranger sends in good faith."""
    form = {"grant_type": "refresh_token", "refresh_token": "halo_rt_unknown", "client_id": "unknown"}
    return httpx.post(f"{server.mcp_url}/oauth/token", data=form, timeout=30, trust_env=False)


ATTACKS = {
    "the token endpoint": head(),
    "the call path without a token": head(path="/api/mcp", kind=JSON),
    "the call path with a token that nobody issued": head(
        path="/api/mcp", kind=JSON, Authorization="Bearer halo_at_nobody"
    ),
    "the sign-in page": head(path="/signin"),
    "the sign-in page with a session that nobody has": head(path="/signin", Cookie="halo_session=nobody"),
    "a page behind a sign-in": head(path="/dashboard/settings"),
    "the widget's door": head(
        path="/api/sdk/users/identify", kind=JSON, Authorization="Bearer ab_live_acme_widget_key_of_the_tests"
    ),
    "registration in chunks": head(path="/api/mcp/oauth/register", kind=JSON, length=None, Transfer_Encoding="chunked"),
    "a door that takes no body": head(path="/healthz"),
    "a body behind a GET": head("GET", "/signin"),
}


@pytest.mark.parametrize("begins", ATTACKS.values(), ids=ATTACKS)
def test_while_strangers_send_nothing_known_callers_and_health_are_answered(
    server: LiveServer, token: str, begins: bytes
) -> None:
    with connections(server, MANY, begins + b"abc"):
        assert [ask(server, token) for _ in range(2 * WORKERS)] == [200] * 2 * WORKERS
        assert [healthy(server) for _ in range(2 * WORKERS)] == [200] * 2 * WORKERS
    assert ask(server, token) == 200


def test_a_late_body_is_told_so_and_its_thread_is_free_again(server: LiveServer) -> None:
    """Also of those who go on sending a byte now and then. After it strangers are answered as ever."""
    with connections(server, THREADS // 4 * WORKERS, head() + b"{") as slow:
        dripping = threading.Event()

        def drip() -> None:
            while not dripping.wait(0.1):
                for one in slow[::2]:
                    try:
                        one.send(b" ")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        said = [everything(one) for one in slow]
        dripping.set()
        thread.join()
    for answer in said:
        assert answer.startswith((b"HTTP/1.1 408", b"HTTP/1.1 503")), answer
        assert b"retry-after: " in answer
    assert any(b"The body did not arrive within 3 s." in answer for answer in said)
    until(lambda: knock(server).status_code == 401)


def test_strangers_stand_in_line_and_are_told_when_it_does_not_move(server: LiveServer) -> None:
    with connections(server, MANY, head() + b"abc") as slow:
        refused = knock(server)
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert refused.json()["message"].startswith("Too many bodies are on their way")
        assert refused.headers["Access-Control-Allow-Origin"] == "*"
        assert {everything(one)[:12] for one in slow} <= {b"HTTP/1.1 408", b"HTTP/1.1 503"}
    until(lambda: knock(server).status_code == 401)


def test_a_crowd_of_strangers_in_good_faith_is_answered_to_the_last(server: LiveServer) -> None:
    """Who is told to come back (a busy machine reads bodies slowly) comes back, and is answered then."""
    answers: list[int] = []

    def answered() -> bool:
        said = knock(server)
        if said.status_code == 503:
            assert int(said.headers["Retry-After"]) > 0
            return False
        answers.append(said.status_code)
        return True

    threads = [threading.Thread(target=until, args=(answered, 60)) for _ in range(MANY)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert set(answers) <= {401, 429}
    assert len(answers) == MANY


def test_known_callers_who_send_nothing_leave_room_for_others(server: LiveServer, token: str) -> None:
    with connections(server, MANY, head(path="/api/mcp", kind=JSON, Authorization=f"Bearer {token}") + b"{") as slow:
        time.sleep(1.5)  # by now they count as slow; nothing else can be waited for
        assert [healthy(server) for _ in range(2 * WORKERS)] == [200] * 2 * WORKERS
        assert {everything(one)[:12] for one in slow} <= {b"HTTP/1.1 408", b"HTTP/1.1 503"}
    assert ask(server, token) == 200


def test_a_body_in_two_parts_is_a_body(server: LiveServer, token: str) -> None:
    whole = b'{"jsonrpc":"2.0","id":7,"method":"ping"}'
    begins = head(path="/api/mcp", kind=JSON, length=len(whole), Authorization=f"Bearer {token}", Connection="close")
    with connections(server, 1, begins + whole[:9]) as (slow,):
        assert healthy(server) == 200
        slow.sendall(whole[9:])
        said = everything(slow)
    assert said.startswith(b"HTTP/1.1 200")
    assert said.endswith(b'{"jsonrpc":"2.0","id":7,"result":{}}')


def test_who_was_answered_keeps_the_connection_while_others_are_hung_up_on(server: LiveServer, token: str) -> None:
    """A connection that rests between two calls is not one whose body is late."""
    headers = {"Authorization": f"Bearer {token}", "Accept": BOTH}
    with httpx.Client(headers=headers, timeout=20, trust_env=False) as known:
        assert known.post(server.mcp_url, json=PING).status_code == 200
        with connections(server, WORKERS, head() + b"abc") as slow:
            assert all(everything(one).startswith(b"HTTP/1.1 408") for one in slow)
        assert known.post(server.mcp_url, json=PING).status_code == 200


def test_connections_that_say_nothing_or_half_a_head_are_closed(server: LiveServer, token: str) -> None:
    with connections(server, MANY, b"") as silent, connections(server, MANY, head()[:60]) as halved:
        assert [ask(server, token) for _ in range(2 * WORKERS)] == [200] * 2 * WORKERS
        assert not any(b"HTTP/1.1 2" in everything(one) for one in (*silent, *halved))


def test_http_2_is_not_spoken(server: LiveServer, token: str) -> None:
    with connections(server, MANY, raw.PREFACE) as opened:
        assert [healthy(server) for _ in range(2 * WORKERS)] == [200] * 2 * WORKERS
        assert ask(server, token) == 200
        assert not any(b"HTTP/2" in everything(one) for one in opened)


def resident(server: LiveServer) -> int:
    """Bytes of all workers that are theirs alone."""
    return sum(psutil.Process(pid).memory_full_info().uss for pid in server.workers())


def test_a_rush_of_sign_ins_leaves_room_and_gives_its_memory_back(server: LiveServer, token: str) -> None:
    """Who gets no turn is told so; hashes of twenty at once would hold 380 MB."""
    browsers = [httpx.Client(base_url=server.url, timeout=30, trust_env=False) for _ in range(20)]
    forms = [
        {"email": f"{at}@acme.test", "password": "not the password", "csrf_token": field_of(one.get("/signin").text)}
        for at, one in enumerate(browsers)
    ]
    before, said = resident(server), []
    threads = [
        threading.Thread(target=lambda one=one, form=form: said.append(one.post("/signin", data=form)))
        for one, form in zip(browsers, forms, strict=True)
    ]
    for thread in threads:
        thread.start()
    assert [ask(server, token) for _ in range(2 * WORKERS)] == [200] * 2 * WORKERS
    assert [healthy(server) for _ in range(2 * WORKERS)] == [200] * 2 * WORKERS
    for thread in threads:
        thread.join()
    assert {it.status_code for it in said} <= {422, 429, 503}
    assert 422 in {it.status_code for it in said}
    assert all(int(it.headers["Retry-After"]) > 0 for it in said if it.status_code != 422)
    assert resident(server) - before < 2 * 19_456 * 1024
    for one in browsers:
        one.close()


def field_of(page: str) -> str:
    """The token of the page's form."""
    return page.split('name="csrf_token" value="')[1].split('"', maxsplit=1)[0]


def test_bodies_full_of_lists_are_refused_and_others_are_answered(server: LiveServer, token: str) -> None:
    """Nine hundred kilobytes each, from somebody known, from nobody, and with a token that is dead."""
    heavy = b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":[' + b"[]," * 300_000 + b"[]]}}"
    dead = a_token_for(server, revoked_at=now())
    said: list[tuple[str, int]] = []

    def send(bearer: str) -> None:
        headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json", "Accept": BOTH}
        try:
            answer = httpx.post(server.mcp_url, content=heavy, headers=headers, timeout=30, trust_env=False)
            said.append((bearer, answer.status_code))
        except httpx.TransportError:
            assert bearer != token, "hung up on before the body was read, as strangers may be"
            said.append((bearer, 401))

    threads = [threading.Thread(target=send, args=(one,)) for one in (token, dead, "halo_at_nobody") for _ in range(5)]
    for one in threads:
        one.start()
    assert [ask(server, token) for _ in range(2 * WORKERS)] == [200] * 2 * WORKERS
    assert [healthy(server) for _ in range(2 * WORKERS)] == [200] * 2 * WORKERS
    for one in threads:
        one.join()
    assert set(said) == {(token, 400), (dead, 401), ("halo_at_nobody", 401)}


PEOPLE = (cast.OWNER, cast.ADMIN)


def sessions_of(server: LiveServer, rows: int) -> list[str]:
    """Cookies of people who may export; and so many calls in the log that no buffer on the way holds them all."""
    with beside(server):
        a_call(detail="x" * 8000)
        columns = [it.name for it in ActionExecution.__table__.columns]
        kept = ", ".join(name if name != "id" else "substr(id, 1, 23) || printf('-%012x', at.n)" for name in columns)
        numbers = "WITH RECURSIVE at(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM at WHERE n < :rows)"
        with one_change() as session:
            session.execute(
                text(
                    f"INSERT INTO action_executions ({', '.join(columns)}) "
                    f"{numbers} SELECT {kept} FROM action_executions, at WHERE length(detail) = 8000"
                ),
                {"rows": rows},
            )
        return [sessions.start(cast.person(email).id) for email in PEOPLE]


def test_readers_who_take_nothing_hold_neither_threads_nor_connections(server: LiveServer, token: str) -> None:
    """One export of each person is on its way, and no more of them; who takes nothing is hung up on."""
    cookies = [f"halo_session={it}" for it in sessions_of(server, 2000)]
    with contextlib.ExitStack() as stack:
        stalled = [
            one
            for cookie in cookies
            for one in stack.enter_context(
                connections(server, THREADS, head("GET", f"{AUDIT}/export.jsonl", None, Cookie=cookie), buffer=4096)
            )
        ]
        begun = [one.recv(12) for one in stalled]
        assert begun.count(b"HTTP/1.1 200") == len(PEOPLE)
        assert begun.count(b"HTTP/1.1 503") == len(stalled) - len(PEOPLE)
        assert [ask(server, token) for _ in range(2 * WORKERS)] == [200] * 2 * WORKERS
        assert [healthy(server) for _ in range(2 * WORKERS)] == [200] * 2 * WORKERS
        until(lambda: is_exported(server, cookies[0]), 30)


def is_exported(server: LiveServer, cookie: str) -> bool:
    """Whether an export of this person begins now; it is read to its end."""
    got = httpx.get(f"{server.url}{AUDIT}/export.jsonl", headers={"Cookie": cookie}, timeout=30, trust_env=False)
    if got.status_code == 200:
        assert len(got.text.splitlines()) > 2000
    return got.status_code == 200
