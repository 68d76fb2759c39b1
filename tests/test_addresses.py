"""Addresses are composed so that every decoder reads what was written into them."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

from flask import Flask, url_for
from hypothesis import given
from hypothesis import strategies as st

from halo.ground.wire import addresses

pairs = st.lists(st.tuples(st.text(min_size=1, max_size=8), st.text(max_size=20)), min_size=1, max_size=4)


@given(
    st.sampled_from(["https://a.example/cb", "https://a.example/cb?x=1", "https://a.example/cb?", "app://x?y&"]), pairs
)
def test_a_decoder_of_forms_and_one_of_percent_signs_read_the_same(address: str, parameters: list) -> None:
    made = addresses.extended(address, parameters)
    query = made.removeprefix(address).lstrip("?&")
    assert made.startswith(address)
    assert parse_qsl(query, keep_blank_values=True) == parameters
    assert [tuple(map(unquote, pair.split("="))) for pair in query.split("&")] == parameters


def test_pages_link_to_each_other_in_the_same_spelling(app: Flask) -> None:
    with app.test_request_context():
        made = url_for("workspaces.signin", next="/a b+c?d=e&f", gone=None, many=["x y", "z"])
        assert made == "/signin?next=/a%20b%2Bc?d%3De%26f&many=x%20y&many=z"
        assert parse_qsl(urlsplit(made).query)[0] == ("next", "/a b+c?d=e&f")
