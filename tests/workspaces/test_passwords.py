from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import update

from halo.ground import limits
from halo.ground.database import one_change
from halo.ground.errors import Busy, Mistake
from halo.workspaces.accounts import passwords, people, sessions
from halo.workspaces.models import Person
from tests import cast
from tests.cast import OWNER, PASSWORD
from tests.support.browser import Browser
from tests.support.parts import ROOT
from tests.support.until import until

HTTPS = "https://halo.test"


def test_production_refuses_the_demos_password(make_app: Callable[..., Flask]) -> None:
    app = make_app(environment="production", base_url=HTTPS)
    with app.app_context():
        assert sessions.sign_in(OWNER, PASSWORD) is None
        with pytest.raises(Mistake):
            people.create("new@acme.test", "New", PASSWORD)


def test_cookies_are_bound_to_the_host_over_tls(make_app: Callable[..., Flask]) -> None:
    app = make_app(environment="production", base_url=HTTPS)
    with app.app_context():
        people.create("new@acme.test", "New", "three random words")
    client = app.test_client()
    form = client.get("/signin", base_url=HTTPS).text
    token = form.split('name="csrf_token" value="')[1].split('"')[0]
    data = {"email": "new@acme.test", "password": "three random words", "csrf_token": token}
    answer = client.post("/signin", data=data, base_url=HTTPS)
    (cookie,) = [it for it in answer.headers.getlist("Set-Cookie") if "halo_session" in it]
    assert cookie.startswith("__Host-halo_session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))


def test_an_old_digest_is_renewed_at_sign_in(app: Flask) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1024).hash(PASSWORD)
    with app.app_context():
        with one_change() as session:
            session.execute(update(Person).where(Person.email == OWNER).values(password_digest=weak))
        assert sessions.sign_in(OWNER, PASSWORD) is not None
        kept = cast.person(OWNER).password_digest
        assert kept != weak and not passwords.is_outdated(kept)
        assert sessions.sign_in(OWNER, PASSWORD) is not None


def test_only_a_digest_of_the_session_is_kept(app: Flask) -> None:
    with app.app_context():
        token = sessions.start(cast.person(OWNER).id)
        (held,) = sessions.of_person(cast.person(OWNER).id)
        assert token not in repr(vars(held))


@pytest.mark.parametrize(
    "password", ["", "short", "x" * 201, "password1234", "Password1234 ", "abababababab", "ana@some.test", "Ana Some"]
)
def test_what_is_guessed_first_is_refused(app: Flask, password: str) -> None:
    with app.app_context(), pytest.raises(Mistake) as problem:
        passwords.check(password, email="ana@some.test", name="Ana Some")
    assert problem.value.field == "password"


def test_any_script_and_any_sign_will_do(app: Flask) -> None:
    with app.app_context():
        passwords.check("пароль на удачу 🍀")
        assert passwords.matches(passwords.digest("пароль на удачу 🍀"), "пароль на удачу 🍀")


def test_a_digest_that_is_none_of_ours_matches_nothing(app: Flask) -> None:
    with app.app_context():
        assert not passwords.matches("!", "anything at all")
        assert not passwords.matches(None, "the password of nobody")


def test_a_rush_of_sign_ins_hashes_two_at_a_time_and_tells_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for ever: who gets no turn is told so, and who asks after the rush is let in."""
    at_once, most, done = 0, 0, threading.Event()

    class Slow:
        def verify(self, _kept: str, _password: str) -> bool:
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            done.wait(60)
            at_once -= 1
            return True

    monkeypatch.setattr(passwords, "_hasher", Slow())
    monkeypatch.setattr(limits, "PASSWORD_WAIT_SECONDS", 0.01)
    with ThreadPoolExecutor(20) as pool:
        tries = [pool.submit(passwords.matches, "kept", "a password") for _ in range(20)]
        until(lambda: sum(it.done() for it in tries) == 20 - limits.PASSWORDS_AT_ONCE)
        refused = [it.exception() for it in tries if it.done()]
        done.set()
    assert most == limits.PASSWORDS_AT_ONCE
    assert all(isinstance(it, Busy) and it.retry_after for it in refused)
    assert sum(it.exception() is None for it in tries) == limits.PASSWORDS_AT_ONCE
    assert passwords.matches("kept", "a password")


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_sign_in_without_a_turn_is_503_with_the_time_to_try_again(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PASSWORD_WAIT_SECONDS", 0)
    browser.get("/signin")
    for _ in range(limits.PASSWORDS_AT_ONCE):
        passwords._gate.acquire()
    try:
        page = browser.submit("signin", 503, email=OWNER, password=PASSWORD)
    finally:
        passwords._gate.release(limits.PASSWORDS_AT_ONCE)
    assert int(browser.response.headers["Retry-After"]) > 0
    assert "Many people are signing in at this moment. Try again in" in page.text


def test_memory_of_hashes_is_given_back() -> None:
    """Twenty threads hash at once, as Granian's do; after that the process is about as large as after one hash."""
    script = """
import gc, threading
from halo.ground import limits
from halo.workspaces.accounts import passwords
limits.PASSWORD_WAIT_SECONDS = 300  # everybody gets a turn, however busy the machine is
def resident():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS"))
kept = passwords.digest("a password")
before, go = resident(), threading.Event()
def turn():
    go.wait()
    assert passwords.matches(kept, "a password")
    held.wait()
held = threading.Barrier(21, timeout=300)
threads = [threading.Thread(target=turn) for _ in range(20)]
for one in threads: one.start()
go.set(); held.wait()
for one in threads: one.join()
print(resident() - before)
"""
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert int(said.stdout) < 19_456, "kB: less than one hash takes"
