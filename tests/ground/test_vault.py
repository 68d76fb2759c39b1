"""What is sealed opens again, also after the key changed, and for nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from halo.ground.errors import HaloError
from halo.ground.settings import development_settings
from halo.ground.vault import Vault


def test_a_rotated_key_still_opens_what_the_old_one_sealed() -> None:
    before = development_settings()
    after = replace(development_settings(), old_secret_keys=(before.secret_key,))
    sealed = Vault.from_settings(before).seal("ha_secret_x")
    assert "ha_secret_x" not in sealed
    assert Vault.from_settings(after).open(sealed) == "ha_secret_x"


def test_another_instance_cannot_open_it() -> None:
    sealed = Vault.from_settings(development_settings()).seal("x")
    with pytest.raises(HaloError):
        Vault.from_settings(development_settings()).open(sealed)


def test_signatures_differ_by_purpose_and_by_parts() -> None:
    vault = Vault.from_settings(development_settings())
    assert vault.sign("a", "b") == vault.sign("a", "b")
    assert len({vault.sign("a", "b"), vault.sign("b", "a"), vault.sign("a", "b", ""), vault.sign("ab")}) == 4
