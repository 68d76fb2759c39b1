"""Is the process alive, and is it of use?"""

from __future__ import annotations

import logging
from typing import Any

from flask import Blueprint

from halo.ground import database, limits, settings
from halo.ground.database import db, migrate, now, outage
from halo.health import disk
from halo.jobs import heartbeat
from halo.web import OPEN, door

log = logging.getLogger("halo.health")
blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@door(OPEN)
def healthz() -> Any:
    """The process answers."""
    return {"status": "ok"}


@blueprint.get("/readyz")
@door(OPEN)
def readyz() -> Any:
    """The database answers, its schema is the one that this code was written for, the disk has room, and limits can be
    counted. A Redis that does not answer is said, and no reason to send nobody here: the file stands in for it. No more
    is a worker of jobs that is silent."""
    checks = {"database": "ok", "migrations": "ok"}
    try:
        database.is_ready()
        with db.engine.connect() as connection:
            if not migrate.is_current(connection):
                checks["migrations"] = f"at {migrate.current(connection)}, needs {migrate.head()}"
        pulse = heartbeat.pulse(now()) if checks["migrations"] == "ok" else None
    except outage.FAULTS as problem:
        outage.say(log, "not ready", problem)
        checks["database"], pulse = "does not answer", None
    lacking = disk.shortage(settings.current().instance)
    checks["disk"] = f"full: {lacking}" if lacking else "ok"
    checks["counters"] = "ok" if limits.is_countable() else "the file of this machine cannot be used"
    ready = all(state == "ok" for state in checks.values())
    if is_away := checks["counters"] == "ok" and limits.is_away():
        checks["counters"] = "Redis does not answer: counted in a file of this machine"
    if pulse is not None:
        checks["jobs"] = "ok" if pulse.is_alive else pulse.sentence
    is_idle = settings.current().jobs and checks.get("jobs", "ok") != "ok"
    status = ("degraded" if is_away or is_idle else "ok") if ready else "not ready"
    return {"status": status, "checks": checks}, 200 if ready else 503
