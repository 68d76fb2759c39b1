"""Halo refuses to boot rather than guess."""

from __future__ import annotations

from pathlib import Path

import pytest

from halo.ground.settings import DEVELOPMENT_SECRET, BadSetting, Settings

GOOD = {"HALO_SECRET_KEY": "x" * 40, "HALO_BASE_URL": "https://halo.example"}


def read(**changes: str) -> Settings:
    return Settings.from_environment({**GOOD, **changes})


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"HALO_SECRET_KEY": ""}, "HALO_SECRET_KEY"),
        ({"HALO_SECRET_KEY": "short"}, "HALO_SECRET_KEY"),
        ({"HALO_SECRET_KEY": DEVELOPMENT_SECRET}, "HALO_SECRET_KEY"),
        ({"HALO_BASE_URL": "http://halo.example"}, "HALO_BASE_URL"),
        ({"HALO_BASE_URL": "https://halo.example/path"}, "HALO_BASE_URL"),
        ({"HALO_PORT": "eighty"}, "HALO_PORT"),
        ({"HALO_PORT": "70000"}, "HALO_PORT"),
        ({"HALO_WORKERS": "0"}, "HALO_WORKERS"),
        ({"HALO_SIGN_UP": "maybe"}, "HALO_SIGN_UP"),
        ({"HALO_ENV": "staging"}, "HALO_ENV"),
        ({"DATABASE_URL": "mysql://halo@db/halo"}, "DATABASE_URL"),
        ({"REDIS_URL": "redis.internal:6379"}, "REDIS_URL"),
        ({"HALO_SECRET_KEY_FILE": "/nowhere/at/all"}, "HALO_SECRET_KEY_FILE"),
        ({"FLASK_DEBUG": "1"}, "FLASK_DEBUG"),
        ({"FLASK_DEBUG": "maybe"}, "FLASK_DEBUG"),
    ],
)
def test_a_bad_value_stops_the_boot_and_is_named(changes: dict[str, str], named: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        read(**changes)
    assert str(stopped.value).startswith(f"halo: {named}: ")


def test_the_debugger_is_for_development() -> None:
    assert not read(FLASK_DEBUG="0").debug
    assert Settings.from_environment({"HALO_ENV": "development", "FLASK_DEBUG": "1"}).debug


def test_a_secret_may_come_as_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("y" * 40 + "\n")
    assert read(HALO_SECRET_KEY="", HALO_SECRET_KEY_FILE=str(tmp_path / "key")).secret_key == "y" * 40


def test_postgresql_is_spelled_for_sqlalchemy() -> None:
    assert read(DATABASE_URL="postgres://u@h/d").sqlalchemy_url == "postgresql+psycopg://u@h/d"
    assert read().sqlalchemy_url.startswith("sqlite:////")


def test_development_starts_without_any_setting() -> None:
    settings = Settings.from_environment({"HALO_ENV": "development", "HALO_PORT": "8123"})
    assert settings.mcp_url == "http://127.0.0.1:8123/api/mcp"


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("10.20.0.1/16", "not a network"),
        ("tools.internal", "not a network"),
        ("10.20.0.0/33", "not a network"),
        ("8.8.8.0/24", "not a private network"),
        ("0.0.0.0/0", "not a private network"),
        ("::/0", "not a private network"),
        ("169.254.0.0/16", "not a private network"),
        ("10.0.0.0/8 fd00:ec2::254/128", "tells its machines their secrets"),
    ],
)
def test_a_network_for_servers_that_is_none_stops_the_boot(written: str, says: str) -> None:
    with pytest.raises(BadSetting, match=says) as refused:
        read(HALO_SERVER_NETWORKS=written)
    assert str(refused.value).startswith("halo: HALO_SERVER_NETWORKS: ")


def test_networks_for_servers_are_read_as_they_are_written() -> None:
    chosen = read(HALO_SERVER_NETWORKS="10.20.0.0/16, fd12:3456::/48 192.168.7.9")
    assert [str(it) for it in chosen.server_networks] == ["10.20.0.0/16", "fd12:3456::/48", "192.168.7.9/32"]
    assert read().server_networks == ()
