"""Every limit as a named constant with its reason, and the counters behind them.

Endpoints are limited by Flask-Limiter (`halo.web.limiter`), calls by `spend`; both count in the same storage: Redis
where `REDIS_URL` names one (`halo.ground.shared_counters`), else a file that the workers of this machine share
(`halo.ground.counters`).

Who comes first pays first: a caller's own limit is asked before its workspace's, and what its own limit refuses costs
the workspace nothing. A refusal is counted like a call, against whoever caused it.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

from limits.storage import storage_from_string

from halo.ground import settings, vault
from halo.ground.counters import FileStorage
from halo.ground.errors import Denied, Reason
from halo.ground.per_app import PerApp
from halo.ground.settings import Settings
from halo.ground.shared_counters import SharedStorage

CALLS_PER_WORKSPACE = 600
"""A minute; keeps one workspace from slowing the others."""
CALLS_PER_CLIENT = 240
"""A minute; a model in a loop does not starve its workspace."""
WEB_CALLS_PER_CLIENT = 30
"""A minute for tools that reach the open web."""
CALLS_PER_CONVERSATION = 60
"""A minute, by an agent in one conversation: more than any turn needs, and who floods one stops nobody else's."""
TRIALS_PER_PERSON = 60
"""A minute, of tools that a person tries from a page, one press each."""
STARTED_SECONDS = 600
"""After which a call that began and has no end was interrupted: twice the longest that a connected server may take."""
DEAD_CALLS_PER_CONNECTION = 30
"""Rows that a credential which is known and dead may cause in a minute, the last of them for all that follow. Counted
apart from the live calls of its connection: whoever found an old token must not stop the one who holds the new one."""
REGISTRATIONS = "10 per hour"
"""Per address; product documentation, protocol."""
REDIRECT_URIS = 200
"""Of one client; real ones list up to 25, and each is compared with the one that is asked for."""
IGNORED_TOLD = 20
"""Redirect URIs that were not taken, in the answer of a registration; who wrote them reads no longer list."""
SCOPE_CHARACTERS = 8000
"""Of the scope that a client registers; every scope of a workspace with twenty integrations fits."""
AUTHORIZATIONS_PER_ADDRESS = "60 per minute"
"""Each may make Halo read a client's document, which takes a thread up to three seconds."""
SAMPLES_PER_PERSON = "20 per minute"
"""Each runs a tool; nobody reads faster."""
TOKENS_PER_CLIENT = "60 per minute"
TOKENS_PER_ADDRESS = "1200 per minute"
"""High, because hosted clients share a few addresses (S-12)."""
SIGN_INS_PER_ADDRESS = "20 per minute"
"""A household or a small office that signs in at nine o'clock."""
SIGN_INS_PER_ADDRESS_AND_ACCOUNT = "10 per minute"
"""Counted together, so that nobody elsewhere uses up somebody's attempts. The same for the password of who is signed
in."""
SIGN_INS_PER_ACCOUNT = "100 per hour"
"""From everywhere: of somebody who guesses from many addresses. Never asked of a browser in which the account signed in
before, so that it locks nobody out of where they work."""
SIGN_INS_PER_BROWSER = "100 per hour"
"""The same for such a browser, by itself: its cookie could be stolen, and is then worth no more guesses."""
KNOWN_BROWSER_SECONDS = 400 * 86_400
"""How long a browser stays known after its last sign-in; browsers keep no cookie for longer."""
ACCOUNTS_OF_BROWSER = 5
"""That a browser is known for; who shares one with more people signs in under the account's own limit."""
CODES_PER_PERSON = "10 per 15 minutes"
"""Second factors, after the right password; six digits and three valid codes at a time are not many to guess."""
CODES_PER_DAY = "50 per day"
"""Of one person: at this rate somebody who has the password guesses right in one of 18 years."""
SIGN_UPS_PER_ADDRESS = "20 per hour"
API_PER_SCRIPT = "240 per minute"
API_MISTAKES_PER_ADDRESS = "120 per minute"
"""Requests whose token opens nothing; one that is good may ask as often as a client may call."""
INGESTION_PER_KEY = "6000 per minute"
"""The widget of a busy site sends one identify and some events for every page view. Only what is taken counts: the key
is public, and what anybody sends that does not fit must not stop the site's own."""
INGESTION_MISTAKES_PER_ADDRESS = "600 per minute"
"""Posts with a key that are not taken, from one address: a site that is set up wrongly learns from far fewer."""

NAMES_COMPARED = 1_000
"""Names that one which does not exist is compared with, to tell the nearest: a hundredth of a second of work."""

WINDOW_SECONDS = 60

BODY_BYTES = 1_000_000
"""Of one request to `/api/mcp`."""
JSON_DEPTH = 32
JSON_VALUES = 20_000
"""Of one body: the longest call of any client has a few hundred, and each is walked in Python several times."""
BATCH_MESSAGES = 20
BULK_VALUES = 100_000
"""The same of a bulk update: a thousand people with a hundred values each."""
EXPORTS_AT_ONCE = 4
"""Of one process, and of one person one: each reads the log for as long as somebody takes what it says."""
HEADER_SECONDS = 30
"""For the headers of a request; an idle connection is closed after as long."""
BODY_SECONDS = 20
"""For the whole body of a request: a megabyte at half a megabit a second. It holds a thread that long."""
STRANGERS_SHARE = 4
"""One thread of so many reads for somebody whom nobody knows yet, so that known callers have the others."""
STRANGER_WAIT_SECONDS = 5
"""For such a thread, in one of those that a process has besides for that: `waiting_room`."""
SLOW_BODY_SECONDS = 1
"""A body that takes longer counts as slow. Of known senders, slow ones hold three quarters of the threads at most."""
STALLED_SECONDS = 60
"""A reader who takes nothing for so long is gone."""
DISK_BYTES = 16 << 20
"""With less left, this machine is not ready: the log of SQLite alone grows by some megabytes between two tidyings."""
JOB_LEASE_SECONDS = 60
"""For which a worker holds a row; who was killed in the middle leaves it to the next after so long."""
JOB_SWEEP_SECONDS = 30
"""Between two looks for rows that are due, at most: how late a job is whose nudge was lost."""
JOB_TURN_SECONDS = 20
"""After which a row that has more to do goes to the end of the queue, so that a long one starves nobody."""
JOB_THREADS = 4
"""Rows that one worker process works on at a time: most of them wait for somebody else's server."""
JOB_FIRST_PAUSE_SECONDS = 5
JOB_LONGEST_PAUSE_SECONDS = 3600
"""Before a row that failed is tried again: twice as long each time, from the first to the longest."""
JOB_NUDGES = 1000
"""That may wait in the queue; the sweep finds whatever is not nudged."""
JOB_STOP_SECONDS = 10
"""How long a worker that is told to stop may finish its units; after that their leases run out by themselves."""
JOB_SILENT_SECONDS = 90
"""Without a heartbeat, after which a worker counts as gone: three of them."""
RETRY_SECONDS = 2
"""What a 503 says: what was too much at a time is through by then, if nobody attacks."""
EXPORT_RETRY_SECONDS = 30
OUTAGE_RETRY_SECONDS = 5
"""What a 503 says while the database or the disk is away: long enough that whoever obeys is no load on its return."""
PASSWORDS_AT_ONCE = 2
"""Of one process: each holds 19 MiB and a core for a twentieth of a second."""
PASSWORD_WAIT_SECONDS: float = 2
"""For one of those two; twenty people who sign in at the same moment are through by then."""
PAGE_OF_TOOLS = 100
"""Tools in one answer of tools/list."""
CATALOGUE_BYTES = 32 << 20
"""Definitions of workspaces' own tools that a process keeps; some two hundred workspaces with a hundred tools each."""
CALL_SECONDS = 45
"""The longest that a call may ask of the database; clients give up at 60 s or later (S-62)."""

OUTBOUND_CONNECTIONS = 64
"""Of one process, to servers of others: twice the request threads."""
OUTBOUND_CONNECTIONS_AN_ORIGIN = 8
"""What browsers grant one server, about; a slow one holds no more threads than that."""
OUTBOUND_KEPT = 16
OUTBOUND_KEPT_SECONDS = 4
"""Without a request, on a connection that is kept: common servers close theirs after five, and a request that is sent
at that moment would be lost."""
SERVERS_KNOWN = 2_000
"""Of which a process remembers revision and session; a forgotten one costs a request or two."""
SERVER_PROBE_SECONDS = 10
"""For each stage of a look at an address: a person waits for it."""
SERVER_ANSWER_BYTES = 2_000_000
"""Of one answer of a connected server, unpacked: a model reads a tenth of that."""
SERVER_DOCUMENT_BYTES = 256_000
"""Of a document about signing in, and of a token endpoint's answer."""
SERVER_DEFINITION_BYTES = 64_000
"""Of one tool: more than a model reads of a whole catalogue."""
SERVER_TOOLS = 200
"""Of one server: who offers more has to offer less, as no model chooses among so many."""
SERVER_PAGES = 50
SERVER_REDIRECTS = 3
"""On one origin, for one request."""
SERVER_RESUMPTIONS = 5
"""How often an answer that broke off is taken up again."""
SERVER_ROUNDS = 5
"""How often a server may ask for the same call with another state."""
SERVER_CALLS_AT_ONCE = 8
"""Of one process to one server, as many as there are connections to an origin."""
SERVER_FAILURES = 5
SERVER_FAILURES_SECONDS = 60
SERVER_REST_SECONDS = 30
"""So many failures within so many seconds, and a server is left alone so long."""
SERVER_REST_AT_MOST = 300
"""Seconds of `Retry-After` that are believed."""
LOOKUP_SECONDS = 3
"""For a name to be looked up; who has none by then has a resolver that does not answer."""
LOOKUPS_AT_ONCE = 64
"""Of one process. Those that were given up go on for as long as the system likes, half a minute at worst."""

METRIC_SERIES = 4000
"""That one process counts; the lists that labels come from make a few hundred."""
SCRAPE_SECONDS = 5
"""For whoever asks for the metrics to say what he wants."""
SLOW_REQUEST_SECONDS = 2
"""A request that takes longer is worth a line of the log, whatever its status."""
LOG_LINES = 5
LOG_SECONDS = 10
"""Of one sentence of warning, in so many seconds; the rest is counted. A fault that every call meets would fill a disk
in an hour."""
LOG_SENTENCES = 500
"""That are told apart at a time; the code has fewer."""
LOG_CHARACTERS = 300
"""Of what another system says of its failure."""

DEFAULTS: Mapping[str, int] = {
    "calls_per_workspace": CALLS_PER_WORKSPACE,
    "calls_per_client": CALLS_PER_CLIENT,
    "web_calls_per_client": WEB_CALLS_PER_CLIENT,
}
"""Limits of calls a minute that a workspace can override, by name; of several that are asked the caller's own first."""
FIXED: Mapping[str, int] = {
    "calls_per_conversation": CALLS_PER_CONVERSATION,
    "trials_per_person": TRIALS_PER_PERSON,
}
"""Further limits of calls a minute, which no workspace sets."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left after a call: the tightest limit, for the RateLimit headers."""

    name: str
    quota: int
    remaining: int
    reset_seconds: int

    def headers(self) -> dict[str, str]:
        """RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers)."""
        return {
            "RateLimit-Policy": f'"{self.name}";q={self.quota};w={WINDOW_SECONDS}',
            "RateLimit": f'"{self.name}";r={self.remaining};t={self.reset_seconds}',
        }


def waiting_room(threads: int) -> int:
    """Half as many threads again as answer requests: strangers wait in them, so that they wait in no other."""
    return (threads + 1) // 2


def visitor(address: str | None) -> str:
    """Who counts as one for limits by address: the address; of IPv6 its /64, which is all one visitor's."""
    try:
        parsed = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or "?"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def storage_uri(settings: Settings) -> str:
    """Where counters live, as `limits` names storages."""
    return "halo+shared://" if settings.redis_url else _file_uri(settings)


def storage_options(settings: Settings) -> dict[str, Any]:
    """What that storage needs besides: the secret that places counters in the file, the same in all workers."""
    secret = {"secret": vault.derived(settings.secret_key, b"counters")}
    if not settings.redis_url:
        return secret
    return secret | {"redis": settings.redis_url.replace("unix://", "redis+unix://", 1), "file": _file_uri(settings)}


def _file_uri(settings: Settings) -> str:
    return "halo+file://" + quote(str((settings.instance / "counters").resolve()))


class CallLimiter:
    """Counts calls against the limits of a workspace and a client."""

    def __init__(self, settings: Settings) -> None:
        made = storage_from_string(storage_uri(settings), **storage_options(settings))
        self.storage = cast(FileStorage | SharedStorage, made)
        """Where it counts; limits of endpoints (`halo.web.throttle`) are counted there too."""

    def spend(self, keys: Mapping[str, str], overrides: Mapping[str, int]) -> Allowance:
        """Count one call under every key (limit name -> who), up to the first limit that is passed; raises
        `Denied(rate_limited)` with retry_after for that one.

        Says what is left of the tightest limit. A refused call counts too, so that hammering does not pay.
        """
        quotas = {name: overrides.get(name) or DEFAULTS.get(name, FIXED.get(name, 0)) for name in keys}
        asked = [(f"{name}/{who}", quotas[name]) for name, who in keys.items()]
        counted = zip(quotas.items(), self.storage.spend_each(asked, WINDOW_SECONDS), strict=False)
        left = {name: (quota - count, end) for (name, quota), (count, end) in counted}
        name = min(left, key=left.__getitem__)
        quota, (least, end) = quotas[name], left[name]
        seconds = max(1, round(end - time.time()))
        allowance = Allowance(name, quota, max(0, least), seconds)
        if least < 0:
            raise Denied(
                Reason.rate_limited,
                f"More than {quota} calls in a minute ({name.replace('_', ' ')}); try again in {seconds} s.",
                retry_after=seconds,
                allowance=allowance,
            )
        return allowance

    def count(self, key: str) -> int:
        """Count one under a key of its own; how many there were in its minute."""
        return self.storage.incr(key, WINDOW_SECONDS)

    def is_away(self) -> bool:
        """Whether Redis was named and does not answer, asked now."""
        return isinstance(self.storage, SharedStorage) and not self.storage.check()

    def is_countable(self) -> bool:
        """Whether counts have somewhere to go now: Redis, or the file that stands in for it."""
        try:
            self.storage.get("anything")
        except OSError:
            return False
        return True

    def pushed(self) -> int:
        """See `FileStorage.pushed`."""
        return self.storage.pushed()

    def close(self) -> None:
        """Give up the connections to Redis."""
        if isinstance(self.storage, SharedStorage):
            self.storage.close()


_limiter = PerApp(lambda: CallLimiter(settings.current()), end=lambda it: it.close())


def limiter() -> CallLimiter:
    """The limiter of the current app."""
    return _limiter.get()


def spend(keys: Mapping[str, str], overrides: Mapping[str, int]) -> Allowance:
    """See `CallLimiter.spend`."""
    return limiter().spend(keys, overrides)


def count(key: str) -> int:
    """See `CallLimiter.count`."""
    return limiter().count(key)


def is_away() -> bool:
    """See `CallLimiter.is_away`."""
    return limiter().is_away()


def is_countable() -> bool:
    """See `CallLimiter.is_countable`."""
    return limiter().is_countable()
