"""A collector, and tracing that ends with its test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from halo.ground.settings import Settings
from halo.ground.telemetry import sheet, traces
from halo.ground.telemetry.launch import stop
from tests.ground.telemetry.collector import Collector, collecting


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as it:
        yield it


@pytest.fixture
def traced(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Callable[[], None]]]:
    """Switches tracing to the collector on in this process; what it gives back ends it and sends everything."""

    def on(**environment: str) -> Callable[[], None]:
        from halo.ground.telemetry.otel import OpenTelemetry

        given = {**collector.environment, **environment}
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        sheet.begin(None)
        traces.switch_on(OpenTelemetry(Settings.from_environment({"HALO_ENV": "test", **given})))
        return stop

    yield on
    stop()
