"""The instance under load: a folder on a small disk of its own, a Redis, a PostgreSQL if asked, fifty workspaces."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.support import postgres, redis_server, stores
from tests.support.live import LiveServer
from tests.support.parts import free_port
from tests.support.stores import Store

DISK = "700m"
"""Of the file system that holds the instance, and the SQLite database in it: small enough to be filled in seconds."""
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


@dataclass
class World:
    """Everything that a fault can take hold of."""

    server: LiveServer
    folder: Path
    is_own_disk: bool
    """Whether the instance has a file system of its own, which may be filled."""
    postgres: postgres.Server | None
    database: str
    """The address of the PostgreSQL database; empty for SQLite."""
    redis: subprocess.Popen[bytes]
    redis_port: int
    tokens: list[str] = field(default_factory=list)
    """An access token for each workspace."""
    keys: list[str] = field(default_factory=list)
    """The public widget key of each workspace."""

    def restart_redis(self) -> None:
        """A new one on the same port, empty."""
        self.redis = _redis(self.folder, self.redis_port)


@contextlib.contextmanager
def world(database: str, workspaces: int) -> Iterator[World]:
    """The server, running, with so many workspaces in it; everything is stopped and removed at the end."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="halo-soak-", ignore_cleanup_errors=True)))
        disk = folder / "disk"
        disk.mkdir()
        is_own = _mount(disk)
        if is_own:
            stack.callback(subprocess.run, ["umount", "--lazy", str(disk)], check=False)
        running = stack.enter_context(_postgres(folder)) if database == "postgresql" else None
        url = running[1] if running else ""
        port = free_port()
        store = Store(database, disk / "instance", url)
        store.instance.mkdir()
        server = LiveServer(store, REDIS_URL=f"redis://127.0.0.1:{port}/0", HALO_LOG="json")
        here = World(server, folder, is_own, running and running[0], url, _redis(folder, port), port)
        stack.callback(lambda: here.redis.kill())  # noqa: PLW0108 - whichever Redis there is by then
        _people(here, workspaces)
        stack.enter_context(server)
        yield here


def _mount(folder: Path) -> bool:
    if os.geteuid() != 0:
        return False
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "halo-soak", str(folder)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _redis(folder: Path, port: int) -> subprocess.Popen[bytes]:
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    return subprocess.Popen([redis_server.find(), *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def _postgres(folder: Path) -> Iterator[tuple[postgres.Server, str]]:
    """The server, as durable as in production, and the address of an empty database."""
    postgres.FAST.update(DURABLE)
    folder.chmod(0o755)
    (folder / "database").mkdir()
    server = postgres.Server(folder / "database")
    address = server.start()
    with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE halo_soak")
    try:
        yield server, f"{address}/halo_soak"
    finally:
        with contextlib.suppress(ProcessLookupError, FileNotFoundError):
            os.kill(server.pid(), signal.SIGCONT)
            os.kill(server.pid(), signal.SIGQUIT)


def _people(here: World, workspaces: int) -> None:
    """The cast, and beside it a workspace for each token, with limits that the load will not reach."""
    from halo import create_app
    from halo.ground.database import migrate, one_change
    from tests import cast

    settings = here.server.store.settings(base_url=here.server.url)
    migrate.ensure(settings.sqlalchemy_url)
    app = create_app(settings)
    try:
        with app.app_context():
            cast.create()
            for number in range(workspaces):
                with one_change() as rows:
                    rows.add(_workspace(number))
            for number in range(workspaces):
                _prepare(here, f"soak-{number}")
    finally:
        stores.close(app)


def _workspace(number: int) -> object:
    from halo.ground import vault
    from halo.workspaces.models import Workspace

    return Workspace(
        slug=f"soak-{number}",
        name=f"Soak {number}",
        widget_key=f"ab_live_soak_{number}_{secrets.token_hex(12)}",
        identity_secret=vault.seal(f"ha_secret_{secrets.token_hex(16)}"),
        limits={"calls_per_workspace": 10**6, "calls_per_client": 10**6},
    )


def _prepare(here: World, slug: str) -> None:
    from halo.ground.database import one_change
    from halo.ground.permissions import Role
    from halo.workspaces.models import Membership
    from tests import cast
    from tests.factories import a_token

    workspace, owner = cast.workspace(slug), cast.person(cast.OWNER)
    with one_change() as rows:
        rows.add(Membership(workspace_id=workspace.id, person_id=owner.id, role=Role.SUPER_ADMIN.value, permissions=[]))
    words = "docs:read setup:read data:read"
    here.tokens.append(a_token(words, workspace=slug, resource=here.server.mcp_url, seconds=6 * 3600))
    here.keys.append(workspace.widget_key)
