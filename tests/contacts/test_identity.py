"""Identity tokens: whom the workspace's own server vouches for."""

from __future__ import annotations

import base64
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from halo.contacts.identity import verify_identity, verify_update
from halo.ground.errors import Denied, Reason
from tests.contacts.site import ODD_VALUES
from tests.contacts.site import signed as signed_as_written

SECRET = "ha_secret_of_a_test_0123456789abcdef"


def signed(claims, secret=SECRET, algorithm="HS256"):
    return jwt.encode({"alg": algorithm}, claims, OctKey.import_key(secret), algorithms=[algorithm])


def unsigned(claims, header):
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims)]
    return ".".join([*parts, ""])


@pytest.mark.parametrize("claims", [{"user_id": "42"}, {"sub": "42"}, {"user_id": 42}, {"user_id": "42", "sub": "7"}])
def test_a_good_token_names_the_user(claims):
    assert verify_identity(signed(claims), SECRET).user_id == "42"


def test_trusted_claims_come_along():
    assert verify_identity(signed({"user_id": "42", "plan": "pro"}), SECRET).claims["plan"] == "pro"


@pytest.mark.parametrize(
    ("token", "why"),
    [
        (signed({"user_id": "42"}, "another_secret_0123456789abcdef"), "signed"),
        (signed({"user_id": "42"}, algorithm="HS512"), "HS256"),
        (unsigned({"user_id": "42"}, {"alg": "none"}), "signed"),
        (signed({"user_id": "42", "exp": int(time.time()) - 60}), "expired"),
        (signed({"user_id": "42", "nbf": int(time.time()) + 86_400}), "not valid yet"),
        (signed({"user_id": "42", "exp": "tomorrow"}), "exp"),
        (signed({"plan": "pro"}), "user_id"),
        (signed({"user_id": " "}), "user_id"),
        (signed({"user_id": ["42"]}), "user_id"),
        ("not a token", "JWT"),
        ("", "JWT"),
        ("x" * 10_000, "longer"),
    ],
)
def test_a_bad_token_is_refused_with_the_reason(token, why):
    with pytest.raises(Denied) as refused:
        verify_identity(token, SECRET)
    assert refused.value.reason is Reason.customer_token_invalid
    assert why in refused.value.message


@pytest.mark.parametrize("odd", ODD_VALUES)
@pytest.mark.parametrize(
    "payload", ['{"user_id": "42", "role": %s}', '{"user_id": %s}', '{"user_id": "42", "exp": %s}']
)
def test_claims_that_no_body_may_hold_are_refused(payload, odd):
    with pytest.raises(Denied, match="Halo can store"):
        verify_identity(signed_as_written(payload % odd, SECRET), SECRET)


def test_a_zero_byte_in_a_claim_is_a_mark():
    assert verify_identity(signed_as_written('{"user_id": "a\\u0000"}', SECRET), SECRET).user_id == "a\ufffd"


def test_a_header_of_endless_depth_is_refused_before_it_is_checked():
    header = base64.urlsafe_b64encode(b'{"alg":' + b"[" * 5000).rstrip(b"=").decode()
    with pytest.raises(Denied):
        verify_identity(f"{header}.e30.e30", SECRET)


@given(st.text(max_size=200) | st.lists(st.text("abcABC012-_=", max_size=30), max_size=5).map(".".join))
def test_no_text_does_more_than_to_be_refused(token):
    with pytest.raises(Denied):
        verify_identity(token, SECRET)


def test_a_token_for_updates_needs_scope_and_a_short_life():
    moment = int(time.time())
    assert verify_update(signed({"scope": "users.update", "exp": moment + 300}), SECRET)["exp"]
    for claims in (
        {"exp": moment + 60},
        {"scope": "users.update"},
        {"scope": "users.update", "exp": moment + 3600},
        {"scope": "users.update", "iat": moment - 3600, "exp": moment + 60},
    ):
        with pytest.raises(Denied):
            verify_update(signed(claims), SECRET)
