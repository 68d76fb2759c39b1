"""The metrics as Prometheus reads them: its text format, version 0.0.4."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from halo.ground.telemetry import measures
from halo.ground.telemetry.measures import Histogram, Measure
from halo.ground.telemetry.sheet import Series

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def text(series: Series) -> str:
    """Every metric that this code knows, in the order of its list; what another release counted is left out."""
    lines: list[str] = []
    for measure in measures.every().values():
        lines += (f"# HELP {measure.name} {measure.says}", f"# TYPE {measure.name} {measure.kind}")
        for (name, labels), values in sorted(series.items()):
            if name == measure.name and len(labels) == len(measure.labels) and len(values) == measure.size:
                lines += _samples(measure, labels, values)
    return "\n".join(lines) + "\n"


def _samples(measure: Measure, labels: tuple[str, ...], values: list[float]) -> Iterator[str]:
    known = dict(zip(measure.labels, labels, strict=True))
    if not isinstance(measure, Histogram):
        yield f"{measure.name}{_written(known)} {values[0]:.17g}"
        return
    *counts, total = values
    for bound, count in zip((*map(str, measure.bounds), "+Inf"), accumulate(counts), strict=True):
        yield f"{measure.name}_bucket{_written(known | {'le': bound})} {count:.17g}"
    yield f"{measure.name}_sum{_written(known)} {total:.17g}"
    yield f"{measure.name}_count{_written(known)} {sum(counts):.17g}"


def _written(labels: dict[str, str]) -> str:
    said = ",".join(f'{name}="{value.translate(_ESCAPED)}"' for name, value in labels.items())
    return f"{{{said}}}" if said else ""
