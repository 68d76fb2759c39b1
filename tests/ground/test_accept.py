"""`Accept` is types with weights; pages and machines are told apart by them."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from halo.ground.wire import accept


@pytest.mark.parametrize(
    ("header", "weight"),
    [
        (None, 1),
        ("", 1),
        ("application/json", 1),
        ("APPLICATION/Json; charset=utf-8", 1),
        ("application/json;q=0.3, */*", 0.3),
        ("application/*;q=0.2, text/html", 0.2),
        ("*/*;q=0.1", 0.1),
        ("application/json;q=0, */*", 0),
        ("text/html", 0),
        ("application/json-seq, application/jsonp, xapplication/json", 0),
        ("json", 0),
    ],
)
def test_a_type_has_the_weight_that_was_said_of_it(header: str | None, weight: float) -> None:
    assert accept.weight(header, accept.JSON) == weight


@given(st.text(max_size=60))
def test_no_header_breaks_the_reading(header: str) -> None:
    assert 0 <= accept.weight(header, accept.JSON) <= 1
    assert accept.names(header, accept.EVENTS) in (True, False)


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("application/json; charset=utf-8", "application/json"),
        ("text/html;q=0.5, application/json", "application/json"),
        ("text/html;q=0, */*", "application/json"),
        ("text/html, application/json;q=0.9", "text/html"),
        ("*/*", "text/html"),
        ("image/png", "text/html"),
    ],
)
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_what_is_not_there_is_said_in_the_kind_that_is_taken_more_gladly(
    client: FlaskClient, header: str, kind: str
) -> None:
    answer = client.get("/nowhere", headers={"Accept": header})
    assert (answer.status_code, answer.mimetype) == (404, kind)
