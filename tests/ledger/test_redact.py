"""What the audit log keeps of arguments."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halo.contacts.records import paging
from halo.ledger.redact import _KEY, LARGEST, LONGEST, REDACTED, redact

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
        "sk-ant-api03-abcdefghijklmnopqrstuvwxyz",
        "sk-proj-abcdefghijklmnopqrstuvwxyz",
        "pa-AbCdEfGhIjKlMnOpQrStUvWxYz_0aBcDeFgHiJkLmN",
        "hf_abcdefghijklmnopqrstuvwxyzABCDEFGH",
        "npm_abcdefghijklmnopqrstuvwxyzABCDEFGHIJ",
        "SG.abcdefghijklmnopqrstuv.abcdefghijklmnopqrstuvwxyzabcdefghijklmnopq",
        "shpat_abcdefabcdefabcdefabcdefabcdefab",
        "pat-na1-aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
        "deadbeef" * 8,
        "0xB5b1870957d373ef0eeffecc6e4812c0fd08f554b37b233526acc331bf1544f7",
        "q7Xk2Pz9Lm4Rt8Wv1Yc6Nb3Jh5Gf0DsA",
        "7Yk2-Pz9Lm4_Rt8Wv1Yc6Nb3Jh5Gf0DsA2e-Uq_8iOa",
        "my_key_q7Xk2Pz9Lm4Rt8Wv1Yc6Nb3Jh5Gf0DsA",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\nAAAA+/==\n-----END OPENSSH PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
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


@pytest.mark.parametrize(
    "plain",
    [
        "01909a2e-1234-7123-8123-424242424242",
        "01909A2E-1234-7123-8123-0123456789AB",
        "01909a2e1234712381230123456789ab",
        "ticket_01909a2e-1234-7123-8123-0123456789ab",
        "halo_client_q7Xk2Pz9Lm4Rt8Wv1Yc6Nb3J",
        "ab_live_q7Xk2Pz9Lm4Rt8Wv1Yc6Nb3Jh5Gf0DsA",
        "user_29w83sxmDNGwOuEthce5gg56FcC",
        "https://notes.example/Plan-q7Xk2Pz9Lm4Rt8Wv1Yc6Nb3Jh5Gf0DsA?page=2",
        "https://files.example/app.01909a2e12345123c1230123456789ab.js",
        "files.example/a/q7Xk2Pz9Lm4Rt8Wv1Yc6Nb3Jh5Gf0DsA/edit",
        "bounce+q7Xk2Pz9Lm4Rt8Wv1Yc6Nb3Jh5Gf0DsA@mail.example",
        "q7Xk2Pz9Lm4Rt8Wv1Yc6Nb3Jh5Gf0DsA.x@mail.example",
        "how-to-move-from-one-help-desk-to-another-in-2026",
        "getCustomerHealthScoreV2ForTheWholeWorkspace",
        "Donaudampfschifffahrtsgesellschaftskapitaen",
        "-----BEGIN CERTIFICATE-----",
        "task-and-risk-antlers-proj-report",
    ],
)
def test_ids_addresses_and_long_words_stay(plain: str) -> None:
    said = f"see {plain} please"
    assert redact({"q": said, "deep": [plain]}, "redacted") == {"q": said, "deep": [plain]}


@given(st.uuids(), st.text(alphabet="0123456789abcdef", min_size=12, max_size=12), st.none() | st.text(max_size=40))
def test_a_cursor_of_a_list_stays(identity: uuid.UUID, question: str, value: str | None) -> None:
    cursor = paging._after(question, (value, str(identity)))
    assert redact({"cursor": cursor}, "redacted") == {"cursor": cursor}


@given(st.uuids())
def test_a_uuid_stays_however_many_digits_it_has(identity: uuid.UUID) -> None:
    assert redact({"id": str(identity)}, "redacted") == {"id": str(identity)}


@pytest.mark.parametrize("where", ["https://x.example/cb?state=1&code={}", "token:{}", '{{"a":"{}"}}', "KEY={}"])
def test_a_key_is_replaced_whatever_it_is_glued_to(where: str) -> None:
    secret = "q7Xk2Pz9Lm4Rt8Wv1Yc6Nb3Jh5Gf0DsA"
    assert redact({"q": where.format(secret)}, "redacted") == {"q": where.format(REDACTED)}


def test_parameters_marked_secret_are_replaced_whole_at_any_depth() -> None:
    sent = {"pin": 1234, "deep": [{"pin": {"a": 1}, "shown": "x"}]}
    kept = {"pin": REDACTED, "deep": [{"pin": REDACTED, "shown": "x"}]}
    assert redact(sent, "redacted", frozenset({"pin"})) == kept


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
    monkeypatch.setattr("halo.ledger.redact._clean", lambda *_: pytest.fail("cleaned"))
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
