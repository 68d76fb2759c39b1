"""QR codes as one SVG path, drawn by the page in its own colours."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import segno

QUIET = 4
"""Empty modules round the code, which readers need (ISO/IEC 18004)."""


@dataclass(frozen=True)
class Drawing:
    """The path of the dark modules, and the box that it lies in."""

    path: str
    box: str


def drawing(text: str) -> Drawing:
    """The QR code of a text."""
    matrix = segno.make(text, error="m", micro=False).matrix
    runs = []
    for y, row in enumerate(matrix):
        x = 0
        for dark, modules in groupby(row):
            length = len(list(modules))
            if dark:
                runs.append(f"M{x} {y}h{length}v1h-{length}z")
            x += length
    size = len(matrix) + 2 * QUIET
    return Drawing("".join(runs), f"-{QUIET} -{QUIET} {size} {size}")
