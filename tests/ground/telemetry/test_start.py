"""What cannot be switched on is said, and the worker serves without it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from halo.ground.settings import Settings, development_settings
from halo.ground.telemetry import launch, otel, sheet, traces
from tests.support.parts import ROOT


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    yield
    launch.stop()


def settings(tmp_path: Path, **more: object) -> Settings:
    return development_settings(instance=tmp_path, **more)


def test_a_taken_address_of_metrics_stops_no_worker(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        launch.start(settings(tmp_path, metrics=("127.0.0.1", taken.getsockname()[1])), lambda: None)
    assert "metrics are not served by this worker" in caplog.text


def test_a_full_disk_at_the_start_stops_no_worker(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sheet.os, "open", full)
    launch.start(settings(tmp_path, metrics=("127.0.0.1", 1)), lambda: None)
    monkeypatch.undo()
    assert "metrics are not served by this worker" in caplog.text and sheet.open_one() is None


def test_a_variable_that_the_sdk_refuses_stops_no_worker(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: Settings) -> None:
        raise ValueError("Propagator b4 not found.")

    monkeypatch.setattr(otel, "OpenTelemetry", refused)
    launch.start(settings(tmp_path, traces_exporter="otlp"), lambda: None)
    assert "OpenTelemetry could not be set up" in caplog.text and traces.tracing() is None


def test_a_variable_that_the_sdk_cannot_read_stops_the_boot_with_a_sentence() -> None:
    told = {"HALO_ENV": "test", "OTEL_TRACES_EXPORTER": "otlp", "OTEL_PROPAGATORS": "b4"}
    imports = "from halo.ground.settings import Settings; from halo.ground.telemetry.launch import prepare"
    code = f"{imports}; prepare(Settings.from_environment())"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ | told, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("halo: OpenTelemetry could not be loaded: Propagator b4 not found")
    assert "Traceback" not in done.stderr
