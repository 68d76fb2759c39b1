"""Limits of endpoints: how often one visitor may knock. Limits of calls are `halo.ground.limits.spend`."""

from __future__ import annotations

import time

from flask import g, request
from flask_limiter import Limiter
from limits import parse
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter, RateLimiter

from halo.ground import limits
from halo.ground.errors import Denied, Reason
from halo.ground.per_app import PerApp


class MarkedLimiter(Limiter):
    """Flask-Limiter for views that are marked with a limit, which check it themselves when they run.

    Its hook before every request looks for limits of whole apps and blueprints; Halo has none, and calls of tools
    have limits of their own (`halo.ground.limits.spend`), so the hook would only cost them a quarter of their time.
    """

    @property
    def limiter(self) -> RateLimiter:
        """The current app's; the extension itself knows only the app that was made last."""
        return _counting.get()

    @property
    def storage(self) -> Storage:
        """Where the current app counts."""
        return limits.limiter().storage

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
        if not in_middleware:
            super()._check_request_limit(callable_name, in_middleware)


_counting: PerApp[RateLimiter] = PerApp(lambda: FixedWindowRateLimiter(limits.limiter().storage))
limiter = MarkedLimiter(lambda: limits.visitor(request.remote_addr), headers_enabled=False, strategy="fixed-window")


def seconds_to_wait() -> int:
    """Until the limit that this request passed takes the next one."""
    if (told := g.get("retry_after")) is not None:
        return int(told)
    broken = limiter.current_limit
    return max(1, int(broken.reset_at - time.time()) if broken else 60)  # `reset_at` is rounded up already


def count(limit: str, name: str, *who: str) -> None:
    """Count an attempt of whoever it is; raises `Denied(rate_limited)` with `retry_after` past the limit."""
    item = parse(limit)
    if limiter.limiter.hit(item, name, *who):
        return
    seconds = max(1, round(limiter.limiter.get_window_stats(item, name, *who).reset_time - time.time()))
    wait = f"{seconds} seconds" if seconds < 120 else f"{-(-seconds // 60)} minutes"
    g.retry_after = seconds
    raise Denied(Reason.rate_limited, f"Too many attempts. Try again in {wait}.", retry_after=seconds)


def uncount(limit: str, name: str, *who: str) -> None:
    """Take the last attempt back: it was none."""
    item = parse(limit)
    limiter.storage.incr(item.key_for(name, *who), item.get_expiry(), -1)


def forget(limit: str, name: str, *who: str) -> None:
    """Take all attempts back."""
    limiter.limiter.clear(parse(limit), name, *who)


def give_back() -> None:
    """What this request spent of the limit that its view is marked with is not spent after all."""
    if (spent := limiter.current_limit) is not None:
        limiter.storage.incr(spent.key, spent.limit.get_expiry(), -1)
