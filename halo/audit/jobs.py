"""What is done with the log while nobody waits: sending it on, and removing what is older than it is kept."""

from __future__ import annotations

from halo import jobs
from halo.audit import retention
from halo.audit.leaving import delivery, streams
from halo.audit.models import Retention, Stream


@jobs.on(Stream, name=streams.JOB, says="Sends a workspace's log on to its own systems.")
def deliver(turn: jobs.Turn) -> bool:
    return delivery.deliver(turn)


@jobs.on(Retention, name=retention.JOB, says="Removes what is older than a workspace keeps its log.", rest=4)
def retain(turn: jobs.Turn) -> bool:
    return retention.remove_some(turn)
