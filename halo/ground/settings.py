"""Every setting, read once from the environment into one frozen object.

Halo refuses to boot on a value that it cannot read or that is unsafe in production, instead of guessing. Every
`HALO_X` may come as `HALO_X_FILE` (the path of a file that holds the value), for secrets mounted as files.

pydantic-settings reads and converts as well, but our sentences, the files, the note of `make run` and the defaults that
depend on other settings would each hang on a hook of it: no line less, and one more import in every start.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

from flask import current_app

Environment = Literal["production", "development", "test"]
DEVELOPMENT_SECRET = "development-only-secret-do-not-use-in-production"  # noqa: S105 - refused in production
MAKE_ONE = (
    """Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))' """
    "and set it as HALO_SECRET_KEY, or put it into a file and name that in HALO_SECRET_KEY_FILE."
)
DEFAULT_PORTS = {"http": 80, "https": 443}
"""Ports that an address leaves out."""
NOTE = "development.env"
"""In the instance folder: what `make run` means, for `flask` commands beside it."""
DATABASES = ("postgresql", "postgres", "postgresql+psycopg", "sqlite")
SHOP_HOST = "127.0.0.1"
SHOP_PORTS_UP = 70
"""How far above Halo's own port the demo shop listens, so that two Halos on one machine have one each."""
COUNTERS = ("redis", "rediss", "unix", "redis+unix", "redis+sentinel", "redis+cluster")


_TRACE_URL = re.compile(r"https?://[^\s{}]+\{trace_id\}[^\s{}]*")


class BadSetting(SystemExit):
    """A setting that stops the boot, as one sentence on stderr and exit code 1."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"halo: {name}: {problem}")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an operator decides. Tests build this directly."""

    environment: Environment = "production"
    secret_key: str
    """Signs and encrypts; at least 32 characters."""
    old_secret_keys: tuple[str, ...] = ()
    """Earlier values of `secret_key`: still read what they encrypted."""
    base_url: str = "http://127.0.0.1:8000"
    """Where people and clients reach Halo: scheme and host, no path; the OAuth issuer, byte for byte."""
    instance: Path = Path("instance")
    """Folder for the SQLite file, locks and shared counters."""
    database_url: str = ""
    """`postgresql://...`; empty means SQLite in the instance folder."""
    redis_url: str = ""
    """`redis://...` for rate-limit counters shared by several machines."""
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    threads: int = 32
    """Request threads of one worker."""
    jobs: bool = True
    """Whether serving starts a worker for jobs beside the web's."""
    shop_port: int = 0
    """Where `make run` has the demo shop listen, on loopback; 0 for no shop."""
    origins: tuple[str, ...] = ()
    """Web origins, besides our own, whose pages may call `/api/mcp`; `*` for any."""
    proxies: int = 0
    """How many reverse proxies set X-Forwarded-* in front of Halo."""
    sign_up: bool = True
    """Whether strangers may create a workspace."""
    access_token_seconds: int = 3600
    refresh_token_seconds: int = 90 * 86400
    code_seconds: int = 60
    consent_seconds: int = 600
    session_seconds: int = 30 * 86400
    allow_private_addresses: bool = False
    """Whether outbound requests may reach loopback and private networks (development and tests)."""
    server_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    """Private networks in which connected MCP servers may stand; nothing else of Halo's own goes there."""
    client_documents: bool = True
    """Whether clients may be described by a document at an address of theirs; off in networks that reach none."""
    docs_mcp_url: str = ""
    """A remote documentation MCP server that answers `search_docs` and `read_doc` instead of our own pages."""
    debug: bool = False
    """Whether Flask shows its debugger; it reads FLASK_DEBUG itself, also where `flask --debug` sets it."""
    cdn_url: str = "https://cdn.haloagents.ai/sdk/latest/haloagents.umd.js"
    """Where the widget's script is served."""
    log: Literal["json", "words"] = "json"
    """What the log's lines are: an object for a collector, or words for a person."""
    log_requests: Literal["failed", "all"] = "failed"
    """Which requests get a line of the log: those that failed or were slow, or all."""

    metrics: tuple[str, int] | None = None
    """Where `/metrics` listens; None for nowhere."""
    traces_exporter: str = "none"
    metrics_exporter: str = "none"
    """Where OpenTelemetry sends what it has: `otlp`, `console` or `none`, of which nothing is imported."""
    trace_url: str = ""
    """Where an operator sees a trace: a web address with `{trace_id}` in it."""

    def __post_init__(self) -> None:
        if not self.secret_key:
            raise BadSetting("HALO_SECRET_KEY", f"is missing; production needs a secret of its own. {MAKE_ONE}")
        if len(self.secret_key) < 32:
            raise BadSetting("HALO_SECRET_KEY", f"needs 32 characters or more, has {len(self.secret_key)}. {MAKE_ONE}")
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
            raise BadSetting("HALO_BASE_URL", f"{self.base_url!r} is not scheme://host[:port] without a path")
        # Not repeated in the sentence: these addresses hold passwords, and the sentence ends in a log.
        if self.database_url and self.database_url.partition(":")[0] not in DATABASES:
            raise BadSetting("DATABASE_URL", "is not postgresql://user:password@host/name")
        if self.redis_url and urlsplit(self.redis_url).scheme not in COUNTERS:
            raise BadSetting("REDIS_URL", "is not redis://host:6379/0")
        if self.trace_url and not _TRACE_URL.fullmatch(self.trace_url):
            raise BadSetting("HALO_TRACE_URL", f"{self.trace_url!r} is not https://host/path with {{trace_id}} in it")
        if self.production:
            self._check_production()

    def _check_production(self) -> None:
        if self.secret_key == DEVELOPMENT_SECRET:
            raise BadSetting("HALO_SECRET_KEY", f"the development secret is refused in production. {MAKE_ONE}")
        if not self.secure:
            raise BadSetting("HALO_BASE_URL", "production needs https")
        if self.debug:
            raise BadSetting("FLASK_DEBUG", "is refused in production: the debugger shows secrets and runs code")

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @property
    def secure(self) -> bool:
        """Whether people reach Halo over TLS, so that cookies may demand it."""
        return self.base_url.startswith("https://")

    @property
    def own_host(self) -> str:
        """Where this machine reaches itself."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - compared, not bound

    @property
    def mcp_url(self) -> str:
        """The canonical MCP endpoint and the default OAuth resource."""
        return self.base_url + "/api/mcp"

    @property
    def shop_url(self) -> str:
        """Where the demo shop answers."""
        return f"http://{SHOP_HOST}:{self.shop_port}/mcp"

    @property
    def sqlalchemy_url(self) -> str:
        """The database as SQLAlchemy wants it named."""
        if not self.database_url:
            return f"sqlite:///{self.instance.resolve() / 'halo.sqlite3'}"
        scheme, _, rest = self.database_url.partition("://")
        return f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") else self.database_url

    def remember(self) -> None:
        """Leave a note in the instance folder, so that `flask` commands beside `make run` mean the same Halo."""
        values = {
            "HALO_ENV": self.environment,
            "HALO_HOST": self.host,
            "HALO_PORT": str(self.port),
            "HALO_SHOP_PORT": str(self.shop_port),
            "HALO_BASE_URL": self.base_url,
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
        }
        note = self.instance / NOTE
        note.touch(mode=0o600)
        note.write_text("".join(f"{name}={value}\n" for name, value in values.items()))

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read `HALO_*`, `DATABASE_URL` and `REDIS_URL`; raises `BadSetting` with the name and what would do."""
        given = os.environ if environ is None else environ
        read = _Reader({**_remembered(given), **given})
        environment = read.choice("HALO_ENV", "production", ("production", "development", "test"))
        host, port = read.text("HALO_HOST", "127.0.0.1"), read.integer("HALO_PORT", 8000, 1, 65535)
        default_base = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}"  # noqa: S104
        return cls(
            environment=environment,  # type: ignore[arg-type]
            secret_key=read.text("HALO_SECRET_KEY", "" if environment == "production" else DEVELOPMENT_SECRET),
            old_secret_keys=read.words("HALO_OLD_SECRET_KEYS"),
            base_url=read.text("HALO_BASE_URL", default_base).rstrip("/"),
            instance=Path(read.text("HALO_INSTANCE", "instance")),
            database_url=read.text("DATABASE_URL", ""),
            redis_url=read.text("REDIS_URL", ""),
            host=host,
            port=port,
            workers=read.integer("HALO_WORKERS", 2, 1, 256),
            threads=read.integer("HALO_THREADS", 32, 1, 512),
            jobs=read.boolean("HALO_JOBS", True),
            shop_port=read.integer("HALO_SHOP_PORT", _shop_port(port), 0, 65535),
            origins=read.words("HALO_ORIGINS"),
            proxies=read.integer("HALO_PROXIES", 0, 0, 10),
            sign_up=read.boolean("HALO_SIGN_UP", True),
            access_token_seconds=read.integer("HALO_ACCESS_TOKEN_SECONDS", 3600, 60, 86400),
            refresh_token_seconds=read.integer("HALO_REFRESH_TOKEN_SECONDS", 90 * 86400, 3600, 400 * 86400),
            code_seconds=read.integer("HALO_CODE_SECONDS", 60, 10, 600),
            consent_seconds=read.integer("HALO_CONSENT_SECONDS", 600, 60, 3600),
            session_seconds=read.integer("HALO_SESSION_SECONDS", 30 * 86400, 300, 400 * 86400),
            allow_private_addresses=read.boolean("HALO_ALLOW_PRIVATE_ADDRESSES", environment != "production"),
            server_networks=read.networks("HALO_SERVER_NETWORKS"),
            client_documents=read.boolean("HALO_CLIENT_DOCUMENTS", True),
            docs_mcp_url=read.text("HALO_DOCS_MCP_URL", ""),
            debug=read.boolean("FLASK_DEBUG", False),
            cdn_url=read.text("HALO_CDN_URL", cls.cdn_url),
            metrics=read.address("HALO_METRICS"),
            traces_exporter=read.exporter("OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
            metrics_exporter=read.exporter("OTEL_METRICS_EXPORTER", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"),
            trace_url=read.text("HALO_TRACE_URL", ""),
            log=read.choice("HALO_LOG", "words" if sys.stderr.isatty() else "json", ("json", "words")),  # type: ignore[arg-type]
            log_requests=read.choice("HALO_LOG_REQUESTS", "failed", ("failed", "all")),  # type: ignore[arg-type]
        )


def _shop_port(port: int) -> int:
    up = port + SHOP_PORTS_UP
    return up if up <= 65535 else port - SHOP_PORTS_UP


def _remembered(given: Mapping[str, str]) -> dict[str, str]:
    """The note of `make run`, unless the environment says itself what this instance is."""
    note = Path(given.get("HALO_INSTANCE") or "instance") / NOTE
    if any(name in given for name in ("HALO_ENV", "HALO_SECRET_KEY", "HALO_SECRET_KEY_FILE")) or not note.exists():
        return {}
    return dict(line.split("=", 1) for line in note.read_text().splitlines())


class _Reader:
    """Strict readers of environment variables."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str, default: str) -> str:
        if path := self._environ.get(f"{name}_FILE"):
            try:
                return Path(path).read_text().strip()
            except OSError as problem:
                raise BadSetting(f"{name}_FILE", f"cannot read {path!r}: {problem.strerror}") from None
        return self._environ.get(name, "").strip() or default

    def words(self, name: str) -> tuple[str, ...]:
        return tuple(word for word in self.text(name, "").replace(",", " ").split() if word)

    def networks(self, name: str) -> tuple[IPv4Network | IPv6Network, ...]:
        from halo.ground.outbound.networks import private_network  # which imports this module

        try:
            return tuple(private_network(word) for word in self.words(name))
        except ValueError as problem:
            raise BadSetting(name, str(problem)) from None

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if value not in choices:
            raise BadSetting(name, f"{value!r} is not one of {', '.join(choices)}")
        return value

    def boolean(self, name: str, default: bool) -> bool:
        value = self.text(name, "true" if default else "false").lower()
        if value not in ("true", "false", "1", "0", "yes", "no", "on", "off"):
            raise BadSetting(name, f"{value!r} is not true or false")
        return value in ("true", "1", "yes", "on")

    def address(self, name: str) -> tuple[str, int] | None:
        value = self.text(name, "")
        if not value:
            return None
        host, _, port = value.rpartition(":")
        if not host or not port.isdecimal() or not 1 <= int(port) <= 65535:
            raise BadSetting(name, f"{value!r} is not an address and a port, as 127.0.0.1:9464")
        return host.strip("[]"), int(port)

    def exporter(self, name: str, own_endpoint: str) -> str:
        """OpenTelemetry's own variables, read by its rules but for one: without any of them nothing is exported."""
        if self.text("OTEL_SDK_DISABLED", "").lower() == "true":
            return "none"
        has_endpoint = self.text("OTEL_EXPORTER_OTLP_ENDPOINT", "") or self.text(own_endpoint, "")
        chosen = self.choice(name, "otlp" if has_endpoint else "none", ("otlp", "console", "none"))
        if chosen != "none" and not (find_spec("opentelemetry") and find_spec("opentelemetry.sdk")):
            raise BadSetting(name, "needs the packages of requirements-telemetry.txt, which are not installed")
        self.choice("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", ("http/protobuf",))
        return chosen

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        value = self.text(name, str(default))
        if not value.isdecimal() or not low <= int(value) <= high:
            raise BadSetting(name, f"{value!r} is not a whole number from {low} to {high}")
        return int(value)


def development_settings(**changes: object) -> Settings:
    """Settings for tests and one-off scripts: a random secret, nothing from the environment."""
    values: dict[str, object] = {"environment": "test", "secret_key": secrets.token_urlsafe(32)}
    return Settings(**(values | changes))  # type: ignore[arg-type]


def current() -> Settings:
    """The settings of the current app."""
    return cast(Settings, current_app.extensions["halo"])
