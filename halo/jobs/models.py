"""Columns of rows that jobs work on, the schedules that have no other row, and the workers that were seen."""

from __future__ import annotations

import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from halo.ground.database import Id, Model, new_id, now

SENTENCE = 500


class Due:
    """What a row carries for the job that works on it; committed with its cause."""

    due_at: Mapped[datetime.datetime | None] = mapped_column(index=True)
    """When there is something to do; null: nothing."""
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    """Begun since the last that succeeded."""
    lease_until: Mapped[datetime.datetime | None]
    """A worker holds the row until then, and this very moment is its proof; null: nobody does."""
    last_error: Mapped[str] = mapped_column(String(SENTENCE), default="", server_default="")
    """A sentence of ours; empty since the last that succeeded."""


class Schedule(Due, Model):
    """A job that recurs and has no row of a slice: one row, so that several machines run it once."""

    __tablename__ = "job_schedules"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    ran_at: Mapped[datetime.datetime | None]
    """When it last succeeded."""


class Worker(Model):
    """A worker process, as it last said that it lives."""

    __tablename__ = "job_workers"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    place: Mapped[str] = mapped_column(String(200))
    """Its machine and its number there."""
    started_at: Mapped[datetime.datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime.datetime] = mapped_column(default=now, index=True)
