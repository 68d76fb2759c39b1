"""job_schedules, job_workers: what recurs has a row, so that several machines do it once, and workers say that they live

On PostgreSQL also the tables of the queue, which are Huey's: its program makes them itself where it may, and here the
one who migrates may be another than the one who serves. SQLite's queue is a file of its own.
"""

# ruff: noqa: E501

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

HUEY_UP = (
    "CREATE TABLE IF NOT EXISTS huey_kv (queue text NOT NULL, key text NOT NULL, value bytea NOT NULL, PRIMARY KEY (queue, key))",
    "CREATE TABLE IF NOT EXISTS huey_schedule (id bigserial PRIMARY KEY, queue text NOT NULL, data bytea NOT NULL, timestamp double precision NOT NULL)",
    "CREATE INDEX IF NOT EXISTS huey_schedule_queue_timestamp ON huey_schedule (queue, timestamp)",
    "CREATE TABLE IF NOT EXISTS huey_task (id bigserial PRIMARY KEY, queue text NOT NULL, data bytea NOT NULL, priority double precision NOT NULL DEFAULT 0.0)",
    "CREATE INDEX IF NOT EXISTS huey_task_queue_priority_id ON huey_task (queue, priority DESC, id)",
    "CREATE TABLE IF NOT EXISTS huey_counter (queue text NOT NULL, key text NOT NULL, value bigint NOT NULL DEFAULT 0, PRIMARY KEY (queue, key))",
)  # fmt: skip
HUEY = ("huey_kv", "huey_schedule", "huey_task", "huey_counter")


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "job_schedules",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("ran_at", moment, nullable=True),
        sa.Column("due_at", moment, nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_until", moment, nullable=True),
        sa.Column("last_error", sa.String(500), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_job_schedules"),
    )
    op.create_index("ix_job_schedules_due_at", "job_schedules", ["due_at"])
    op.create_table(
        "job_workers",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("seen_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_job_workers"),
    )
    op.create_index("ix_job_workers_seen_at", "job_workers", ["seen_at"])
    if op.get_bind().dialect.name == "postgresql":
        for statement in HUEY_UP:
            op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in HUEY:
            op.execute(f"DROP TABLE IF EXISTS {table}")
    op.drop_table("job_workers")
    op.drop_table("job_schedules")
