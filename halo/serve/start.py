"""`make run`: from an empty folder to a served Halo with people in it."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from halo.ground.database import migrate
from halo.ground.settings import SHOP_HOST, Settings
from halo.serve import beside
from halo.serve.server import refuse_taken_port, serve

PATIENCE_SECONDS = 60


def start() -> None:
    """Migrate, plant the demo in an empty database, serve, and say where to go."""
    os.environ.setdefault("HALO_ENV", "development")
    settings = Settings.from_environment()
    refuse_taken_port(settings.host, settings.port)
    if has_shop(settings):
        refuse_taken_port(SHOP_HOST, settings.shop_port, setting="HALO_SHOP_PORT")
    settings.instance.mkdir(parents=True, exist_ok=True)
    if migrate.ensure(settings.sqlalchemy_url):
        say("the database is migrated")
    if not settings.production:
        settings.remember()
        if is_empty(settings):
            seed()
        elif has_shop(settings):
            move_shop(settings)
    also = [(beside.keep_shop, (settings,))] if has_shop(settings) else []
    serve(settings, when_listening=lambda: announce(settings), also=also)


def has_shop(settings: Settings) -> bool:
    """Whether the demo shop runs beside this Halo; never in production."""
    return bool(settings.shop_port) and not settings.production


def is_empty(settings: Settings) -> bool:
    """Whether nobody has ever used this database."""
    engine = create_engine(settings.sqlalchemy_url, poolclass=NullPool)
    with engine.connect() as connection:
        return connection.execute(text("SELECT 1 FROM people LIMIT 1")).first() is None


MOVE = text(
    "UPDATE servers SET url = :url WHERE url <> :url AND url LIKE :beside AND slug = 'shop' "
    "AND said_name = 'Demo shop' AND workspace_id = (SELECT id FROM workspaces WHERE slug = 'acme')"
)


def move_shop(settings: Settings) -> None:
    """The demo's connected shop stands where this start has it listen: an earlier start may have had another port.

    No process has read the row yet, so none has to be told.
    """
    engine = create_engine(settings.sqlalchemy_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(MOVE, {"url": settings.shop_url, "beside": f"http://{SHOP_HOST}:%/mcp"})


def seed() -> None:
    """Plant the demo in a process of its own, so that the server's parent stays clean."""
    say("planting the demo workspaces (once)")
    done = subprocess.run([sys.executable, "-m", "flask", "--app", "app", "seed"], check=False, stdout=sys.stderr)
    if done.returncode:
        sys.exit(f"halo: planting the demo failed ({done.returncode}); its message stands above")


def announce(settings: Settings) -> None:
    """Print the addresses as soon as they answer."""
    lines = [
        f"  Dashboard    {settings.base_url}/",
        f"  MCP          {settings.mcp_url}",
        f"  Claude Code  claude mcp add --transport http halo {settings.mcp_url}",
        *([f"  Demo shop    {settings.shop_url}  (an MCP server, connected in Acme)"] if has_shop(settings) else []),
        *_sign_ins(settings),
    ]
    threading.Thread(target=_announce, args=(settings, lines), daemon=True).start()


def _announce(settings: Settings, lines: list[str]) -> None:
    _wait_for_workers(settings.workers + settings.jobs + has_shop(settings))
    host = settings.own_host
    if not _answers(f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/healthz"):
        say("no worker answers yet; their messages stand above")
        return
    print("\n".join(["", f"  Halo is up{_age()}. Ctrl-C ends it.", "", *lines, ""]), flush=True)


def _wait_for_workers(count: int) -> None:
    """Until they are forked this thread does nothing that takes a lock, which a worker would find held for ever."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(multiprocessing.active_children()) < count and time.monotonic() < deadline:
        time.sleep(0.02)


def _age() -> str:
    """How long this process has lived, its imports included, where the system tells."""
    try:
        started = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
        return f", {float(Path('/proc/uptime').read_text().split()[0]) - started:.1f} s after the start"
    except OSError:
        return ""


def _sign_ins(settings: Settings) -> list[str]:
    if settings.production:
        return []
    from halo.demo import cast

    people = [f"    {email:<20} {name}, {about}" for email, name, about in cast.introduced()]
    return ["", f"  Sign in with the password {cast.PASSWORD} as", *people]


def _answers(url: str) -> bool:
    opener = build_opener(ProxyHandler({}))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            with opener.open(url, timeout=2):
                return True
        except (URLError, OSError):
            time.sleep(0.03)
    return False


def say(line: str) -> None:
    print(f"halo: {line}", file=sys.stderr, flush=True)
