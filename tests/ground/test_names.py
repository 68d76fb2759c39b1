"""What a name and an address are; every door asks the same module."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halo.ground.errors import Mistake
from halo.ground.text import lookalikes, names
from halo.oauth.known_clients import KNOWN

UNSEEN = (
    "\u3164", "\u2800", "\u115f", "\u1160", "\uffa0", "\u200b", "\u2060", "\ufeff", "\u00ad", "\u034f", "\u180e",
    "\u202e", "\u2066", "\u200e", "\u061c", "\U000e0041", "\U000e007f", "\x00", "\x07", "\x1c", "\x85", "\ud800",
    "\ue000", "\ufff9", "\u17b4",
)  # fmt: skip
KEPT = (
    "علی‌رضا", "क्‍ष", "👩‍💻 Ana", "👩🏽‍💻", "❤️‍🔥", "葛󠄀城", "O'Brien", "Zoë Łoś-Nguyễn", "金子 さくら", "X Æ A-12", "Nº 5",
    "🙂",
)  # fmt: skip


@pytest.mark.parametrize("sign", UNSEEN)
def test_a_sign_that_nobody_sees_is_told_by_its_number(sign: str) -> None:
    for text in (sign, f"Ana{sign}", f"A{sign}na", f"{sign}Ana", sign * 3):
        with pytest.raises(Mistake, match=f"^The name holds U\\+{ord(sign):04X} .*, which nobody sees"):
            names.chosen(text, "name")
        assert sign not in names.declared(text)
    assert names.declared(sign) == ""


@pytest.mark.parametrize("text", KEPT)
def test_a_name_of_any_script_is_kept_with_its_joiners(text: str) -> None:
    kept = names.chosen(f"  {text} ", "name")
    assert kept == names.declared(text) == names.chosen(kept, "name")
    assert [sign for sign in kept if sign in "\u200c\u200d"] == [sign for sign in text if sign in "\u200c\u200d"]


@pytest.mark.parametrize("text", ["Cur\u200dsor", "A\u200cna", "Ив\u200dан", "a\u200d1", "ع\u200c\u200cع"])
def test_a_joiner_that_joins_nothing_is_a_sign_that_nobody_sees(text: str) -> None:
    assert "zero width" in str(names.fault(text))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("\tAna \n Bo ", "Ana Bo"),
        ("Ａｎａ\u3000Ｂｏ", "Ana Bo"),
        ("A\u00a0B", "A B"),
        ("می‌ روم‌", "می روم"),
        ("e\u0301", "é"),
    ],
)
def test_a_name_is_kept_on_one_line_in_one_form(typed: str, kept: str) -> None:
    assert names.chosen(typed, "name") == kept


@pytest.mark.parametrize("text", ["", "  ", "\u3000", "x" * 201, "\u0301"])
def test_what_is_no_name_is_refused_in_words(text: str) -> None:
    with pytest.raises(Mistake) as refused:
        names.chosen(text, "workspace")
    assert refused.value.field == "workspace"


@given(st.text(max_size=30))
def test_whatever_is_kept_is_kept_again(text: str) -> None:
    name = names.declared(text)
    assert names.declared(name) == name
    assert not name or names.chosen(name, "name") == name


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("o'brien@x.example", "o'brien@x.example"),
        (" O'Brien@X.Example ", "o'brien@x.example"),
        ("d'angelo+a=b/c@mail.x.example", "d'angelo+a=b/c@mail.x.example"),
        ("{me}!#$%&*?^_`|~@x.example", "{me}!#$%&*?^_`|~@x.example"),
        ("jörg@bücher.example", "jörg@bücher.example"),
        ("ａｎａ＠x.example", "ana@x.example"),
    ],
)
def test_an_address_is_taken_as_it_is_typed(typed: str, kept: str) -> None:
    assert names.address(typed) == names.address_key(typed) == kept


@pytest.mark.parametrize(
    "text",
    ["", "ana", "@x.example", "a@b@x.example", "a b@x.example", "<ana@x.example>", "a@x..example", "a@o'x.example"],
)
def test_what_is_no_address_is_refused_with_one_that_is(text: str) -> None:
    with pytest.raises(Mistake, match=r"such as ana@example\.com"):
        names.address(text)


@pytest.mark.parametrize("sign", ["\u200b", "\u202e", "\u3164", "\x00", "\u200d"])
def test_an_address_with_a_sign_that_nobody_sees_says_so(sign: str) -> None:
    with pytest.raises(Mistake, match="which nobody sees"):
        names.address(f"an{sign}a@x.example")


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("VSCode", "VS Code"), ("vs-code", "VS Code"), ("Chat GPT", "ChatGPT"), ("ClaudeCode", "Claude Code"),
        ("Сlаudе", "Claude"), ("CIaude", "Claude"), ("C1aude", "Claude"), ("Cl aude", "Claude"), ("Claude4", "Claude"),
        ("Ｃｕｒｓｏｒ", "Cursor"), ("ⲥursor", "Cursor"), ("Çursør (official)", "Cursor"), ("𝗖𝘂𝗿𝘀𝗼𝗿", "Cursor"),
        ("Cur\u200bsor", "Cursor"),
        ("C0dex", "Codex"), ("Geміnі СLІ", "Gemini CLI"), ("Gernini CLI", "Gemini CLI"),
        ("OΡENCODE", "OpenCode"), ("ᏃED", "Zed"),
    ],
)  # fmt: skip
def test_a_name_that_looks_like_a_known_one_is_noticed(name: str, known: str) -> None:
    assert lookalikes.holds(name, known)


@pytest.mark.parametrize(
    "name", ["Claudette", "Precursor", "Cursors", "Курсор", "Клод", "Coder", "Zend", "Database tool", ""]
)
def test_a_name_of_its_own_is_not(name: str) -> None:
    assert not [known.name for known in KNOWN if lookalikes.holds(name, known.name)]
