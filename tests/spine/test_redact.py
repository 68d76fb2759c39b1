"""What the audit log keeps of arguments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halo.audit.redact import _KEY, LARGEST, LONGEST, REDACTED, redact

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda part: st.lists(part) | st.dictionaries(st.text(), part),
)


@pytest.mark.parametrize(
    "secret",
    [
        "halo_at_abcdefgh12345678",
        "sk_live_abcdefgh12345678",
        "Bearer abcdef.ghijkl-123456",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.abcdefgh",
        "4242 4242 4242 4242",
        "4000056655665556",
    ],
)
def test_what_looks_like_a_credential_is_replaced_wherever_it_stands(secret: str) -> None:
    kept = redact({"note": f"use {secret} please", "deep": [{"x": secret}]}, "redacted")
    assert secret not in str(kept)
    assert kept["note"].startswith("use ")


@pytest.mark.parametrize("plain", ["order 1234567890123", "+49 170 1234567", "2026-11-22T10:00:00", "ticket 4242"])
def test_ordinary_numbers_stay(plain: str) -> None:
    assert redact({"q": plain}, "redacted") == {"q": plain}


@pytest.mark.parametrize("name", ["password", "api_key", "client_secret", "access_token", "Authorization"])
def test_parameters_named_like_secrets_are_replaced_whole(name: str) -> None:
    assert redact({name: {"a": 1}}, "redacted") == {name: REDACTED}


def test_the_modes_full_and_none() -> None:
    assert redact({"password": "x"}, "full") == {"password": "x"}
    assert redact({"q": "x"}, "none") == {"q": REDACTED}


@pytest.mark.parametrize("mode", ["full", "redacted"])
@pytest.mark.parametrize(
    "many",
    [
        {f"k{number}": "x" * LONGEST for number in range(LARGEST // LONGEST + 1)},
        {"list": [1] * LARGEST},
        {"x" * LARGEST: {}},
    ],
)
def test_of_more_than_the_log_takes_only_the_names_are_kept(mode: str, many: dict[str, object]) -> None:
    kept = redact(many, mode)
    assert len(repr(kept)) < LARGEST


def test_what_is_thrown_away_is_not_worked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("halo.audit.redact._clean", lambda *_: pytest.fail("cleaned"))
    redact({f"k{number}": "eyJ-" * 1000 for number in range(240)}, "redacted")


def test_a_long_text_is_kept_whole_in_full_and_cut_in_redacted() -> None:
    long = {"q": "x y " * LONGEST}
    assert redact(long, "full") == long
    assert len(redact(long, "redacted")["q"]) == LONGEST + 1


def test_a_text_full_of_beginnings_of_tokens_is_read_through_once() -> None:
    # A pattern that begins again at every "eyJ" needs hours for this.
    assert _KEY.sub(REDACTED, "eyJ-" * 250_000) == "eyJ-" * 250_000


@given(st.dictionaries(st.text(), JSON))
def test_any_arguments_can_be_redacted(arguments: dict[str, object]) -> None:
    assert set(redact(arguments, "redacted")) == set(arguments)
