"""Work that nobody waits for. Rows are the truth, Huey runs them.

Huey takes a task out of its queue before it runs, so a worker that is killed loses it. So what must not be lost is a
row of its own slice, committed with its cause; the queue only says "look at this row", and a sweep every half minute
finds whatever nobody was told of. This room knows no slice. To add a job:

1. The row: `class Delivery(Due, ...)` (`from halo.jobs.models import Due`), and its migration (four columns, and the
   index of `due_at`).
2. Where the cause is committed, in the same `one_change`: set `due_at`, and `jobs.nudge("audit.deliver", row.id)`.
3. In `halo/<slice>/jobs.py` (named in `JOBS` of `halo/__init__.py`), a function that takes *one unit* of the work and
   says whether there is more:

       @jobs.on(Delivery, name="audit.deliver", says="Sends audit rows to the workspace's address.")
       def deliver(turn: jobs.Turn) -> bool:
           with turn.change() as session:  # commits only while this worker holds the row
               ...

4. What recurs and has no row: `@jobs.every(3600, name="audit.retain", says="...")` in place of `on`; a schedule's row
   is made for it, and of several machines one runs it.

A unit takes two seconds at most, and fifty milliseconds of them with the write lock. It is begun again after a crash,
so it reads from its row how far the work has come, and commits progress and effect in one `turn.change()`. When it
returns False the row is done: `due_at` is emptied, unless the unit or a new cause wrote another moment into it, which
then stands. When it raises, the row waits (5 s, doubled up to an hour) and keeps a sentence of ours; `turn.attempt`
counts. What others' servers do cannot be committed: it happens at least once. Before a call that may take long,
`turn.renew()`.

A newcomer would question that a lease has no owner's name: its end is the proof (`leases`).
"""

from __future__ import annotations

from halo.jobs.declared import every, on
from halo.jobs.leases import LeaseLost
from halo.jobs.nudges import nudge
from halo.jobs.turns import Turn

__all__ = ["LeaseLost", "Turn", "every", "nudge", "on"]
