"""What nobody will see costs nothing of the SDK, and is just what the SDK's sampler would have left out."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest
from flask import Flask
from opentelemetry import propagate, trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import Decision, Sampler
from opentelemetry.trace import SpanKind

from halo.ground.telemetry.operations import Operation
from halo.ground.telemetry.otel_unseen import ROOT, Unsampled
from halo.ground.telemetry.traces import Carrier
from tests.ground.telemetry.collector import Collector
from tests.ground.telemetry.test_traces import PARENT, TRACE, Traced, one_database, search, token_of

LEFT_OUT = f"00-{TRACE}-{PARENT}-00"
NONE_OF_OURS = {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0"}
FLAGS = ("00", "01", "02", "03", "fe", "0A")
SAMPLERS = [
    ("always_on", ""),
    ("always_off", ""),
    ("parentbased_always_on", ""),
    ("parentbased_always_off", ""),
    *(("traceidratio", rate) for rate in ("0", "1e-9", "0.05", "0.5", "1")),
    *(("parentbased_traceidratio", rate) for rate in ("0", "0.05", "1")),
]


@contextmanager
def functions_of_the_sdk() -> Iterator[list[str]]:
    """The functions of OpenTelemetry that this thread enters, the making of an object among them."""
    entered: list[str] = []

    def look(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and "/opentelemetry/" in frame.f_code.co_filename:
            entered.append(frame.f_code.co_qualname)

    sys.setprofile(look)
    try:
        yield entered
    finally:
        sys.setprofile(None)


def sampler_of(monkeypatch: pytest.MonkeyPatch, name: str, rate: str) -> Sampler:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", name)
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", rate)
    return TracerProvider(shutdown_on_exit=False).sampler


@one_database
@pytest.mark.parametrize(
    ("environment", "meta", "headers", "spans"),
    [
        (NONE_OF_OURS, None, None, 0),
        (NONE_OF_OURS, {"traceparent": LEFT_OUT}, None, 0),
        ({}, {"traceparent": LEFT_OUT, "baggage": "a=b"}, None, 0),
        ({}, None, {"traceparent": LEFT_OUT}, 0),
        ({}, None, None, 4),
    ],
    ids=["ours", "a caller's", "a caller's, where ours are all seen", "of the request", "a sampled one"],
)
def test_an_unsampled_call_makes_no_object_of_the_sdk(
    app: Flask, collector: Collector, traced: Traced, environment: Any, meta: Any, headers: Any, spans: int
) -> None:
    end, token = traced(**environment), token_of(app)
    with functions_of_the_sdk() as entered:
        assert search(app, token, meta, headers).status_code == 200
    end()
    assert len(collector.spans) == spans
    assert bool(entered) is (spans > 0), entered


@pytest.mark.parametrize(("name", "rate"), SAMPLERS)
def test_of_our_traces_those_are_left_out_that_the_sampler_leaves_out(
    monkeypatch: pytest.MonkeyPatch, name: str, rate: str
) -> None:
    sampler = sampler_of(monkeypatch, name, rate)
    foreseen, draw = Unsampled(sampler), random.Random(name + rate)
    bound = round(float(rate or 0) * (1 << 64))
    edges = [max(bound - 1, 0), bound, bound + 1, 0, 1, (1 << 64) - 1, 1 << 64, (1 << 128) - 1]
    for drawn in (*edges, *(edge | 1 << 100 for edge in edges), *(draw.getrandbits(128) for _ in range(500))):
        asked = sampler.should_sample(None, drawn, "tools/call", SpanKind.SERVER).decision
        assert (foreseen.own(drawn) is not None) is (asked is Decision.DROP), drawn


@pytest.mark.parametrize(("name", "rate"), SAMPLERS)
def test_a_callers_trace_is_left_out_only_where_the_sampler_leaves_it_out(
    monkeypatch: pytest.MonkeyPatch, name: str, rate: str
) -> None:
    sampler = sampler_of(monkeypatch, name, rate)
    foreseen = Unsampled(sampler)
    ids = (TRACE, "0" * 31 + "1", "0" * 32, TRACE.upper(), TRACE[:-1])
    said = [f"{version}-{it}-{PARENT}-{flags}" for version in ("00", "01", "ff") for it in ids for flags in FLAGS]
    told = {it: foreseen.called(Carrier({"traceparent": it}, {})) for it in (*said, "", f"{LEFT_OUT}-more")}
    for traceparent, unseen in told.items():
        if unseen is not None:
            above = propagate.extract({"traceparent": traceparent}, context=ROOT)
            known = trace.get_current_span(above).get_span_context()
            assert f"{known.trace_id:032x}" == unseen.trace_id
            assert sampler.should_sample(above, known.trace_id, "", SpanKind.SERVER).decision is Decision.DROP
    assert (told[LEFT_OUT] is not None) is (name.startswith("parentbased") or name == "always_off" or rate == "0")


def test_what_goes_on_with_an_unsampled_callers_trace_names_it_and_samples_nothing(traced: Traced) -> None:
    traced()
    with Operation(
        "ping", carrier=Carrier({"traceparent": LEFT_OUT, "tracestate": "rojo=1", "baggage": "a=b"}, {})
    ) as it:
        said, again = it.carried(), it.carried()
    version, named, span, flags = said["traceparent"].split("-")
    assert (version, named, flags) == ("00", TRACE, "00") and span != PARENT
    assert again["traceparent"].split("-")[1] == TRACE
    assert (said["tracestate"], said["baggage"]) == ("rojo=1", "a=b")


def test_what_goes_on_with_an_unsampled_trace_of_ours_is_one_trace(traced: Traced) -> None:
    traced(**NONE_OF_OURS)
    with Operation("ping") as it:
        said = [it.carried()["traceparent"].split("-") for _ in range(2)]
    assert said[0][1] == said[1][1] != "0" * 32 and {one[3] for one in said} == {"00"}
    assert it.trace_id is None, "nobody will find it"
