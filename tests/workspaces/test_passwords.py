from __future__ import annotations

from collections.abc import Callable

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import update

from halo.database import one_change
from halo.errors import Mistake
from halo.workspaces import passwords, people, sessions
from halo.workspaces.models import Person
from tests import cast
from tests.cast import OWNER, PASSWORD

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
