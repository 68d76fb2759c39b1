"""The statement about a call and its customer that a server of the workspace's own can check."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from halo.ground.principal import Customer
from halo.servers import assertion
from halo.servers.assertion import Call

JANE = Customer("u-1", "42", "jane@customer.test", None)
CALL = Call("https://shop.example/mcp", "acme", "find_orders", {"b": 1, "a": [2]}, agent="a-1", customer=JANE)
ISSUER = "https://halo.example"


def test_whoever_has_the_published_keys_can_check_it_and_nobody_else_can_make_it() -> None:
    key, old, strange = (assertion.new_key() for _ in range(3))
    text = assertion.signed(CALL, key, issuer=ISSUER)
    published = assertion.published([key, old])
    assert all("d" not in each for each in published["keys"])
    checked = jwt.decode(text, KeySet.import_key_set(published), algorithms=["ES256"])
    assert checked.header == {"typ": "JWT", "alg": "ES256", "kid": key.kid}
    with pytest.raises(BadSignatureError):
        jwt.decode(text, strange, algorithms=["ES256"])


def claims(call: Call) -> dict[str, object]:
    key = assertion.new_key()
    return jwt.decode(assertion.signed(call, key, issuer=ISSUER), key).claims


def test_it_is_good_for_one_server_one_call_and_a_minute() -> None:
    said = claims(CALL)
    assert (said["iss"], said["aud"]) == (ISSUER, CALL.audience)
    assert said["exp"] - said["iat"] == assertion.SECONDS  # type: ignore[operator]
    assert abs(said["iat"] - time.time()) < 60  # type: ignore[operator]
    assert said["jti"] != claims(CALL)["jti"]
    assert (said["workspace"], said["tool"], said["agent"]) == ("acme", "find_orders", "a-1")
    assert "conversation" not in said


def test_the_arguments_stand_in_it_as_a_digest_whatever_their_order() -> None:
    assert claims(CALL)["arguments_sha256"] == assertion.digest({"a": [2], "b": 1})
    assert claims(replace(CALL, arguments={"a": [2], "b": 2}))["arguments_sha256"] != assertion.digest(CALL.arguments)


def test_the_customer_is_named_only_where_there_is_a_proven_one() -> None:
    said = claims(CALL)
    assert said["sub"] == "u-1"
    assert said["customer"] == {"id": "u-1", "external_id": "42", "email": "jane@customer.test"}
    assert {"sub", "customer"} & claims(replace(CALL, customer=None)).keys() == set()
