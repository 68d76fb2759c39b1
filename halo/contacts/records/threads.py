"""Reading a thread in parts: some messages, each cut at a stated length, and the whole kept to a bearable size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from halo.ground.database.quick import Row

LONGEST_PART = 40_000
"""Characters of message text in one part, about 10,000 tokens; the first message of a part always fits."""
SHORTEST_CUT = 100


@dataclass(frozen=True, slots=True)
class Thread:
    """A part of a thread; `last` is the position to go on after, None at the end.

    The body is the last column of every row; `cut` is where it was cut.
    """

    rows: Sequence[Row]
    last: int | None
    cut: int

    def body(self, row: Row) -> tuple[str, int, bool]:
        """(text, its whole length, whether it was cut)."""
        whole = row[-1]
        return whole[: self.cut], len(whole), len(whole) > self.cut

    def smaller(self, share: float) -> Thread | None:
        """About this share of it: fewer messages, or of one message less; None where there is no less."""
        count = len(self.rows)
        if count > 1:
            rows = self.rows[: max(1, int(count * share))]
            return replace(self, rows=rows, last=rows[-1][0])
        cut = int(self.cut * share)
        return replace(self, cut=cut) if count and cut >= SHORTEST_CUT else None


def read_thread(read: Callable[[int], Sequence[Row]], limit: int, characters: int) -> Thread:
    """As many messages as the limit and `LONGEST_PART` allow; `read` gives at most so many rows."""
    rows = read(limit + 1)
    kept, size = 0, 0
    for row in rows[:limit]:
        size += min(len(row[-1]), characters)
        if kept and size > LONGEST_PART:
            break
        kept += 1
    return Thread(rows[:kept], rows[kept - 1][0] if kept < len(rows) else None, characters)
