"""Limits of endpoints: how often one visitor may knock. Limits of calls are `halo.limits.spend`."""

from __future__ import annotations

import time

from flask import request
from flask_limiter import Limiter

from halo import limits


class MarkedLimiter(Limiter):
    """Flask-Limiter for views that are marked with a limit, which check it themselves when they run.

    Its hook before every request looks for limits of whole apps and blueprints; Halo has none, and calls of tools
    have limits of their own (`halo.limits.spend`), so the hook would only cost them a quarter of their time.
    """

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
        if not in_middleware:
            super()._check_request_limit(callable_name, in_middleware)


limiter = MarkedLimiter(lambda: limits.visitor(request.remote_addr), headers_enabled=False, strategy="fixed-window")


def seconds_to_wait() -> int:
    """Until the limit that this request passed takes the next one."""
    broken = limiter.current_limit
    return max(1, int(broken.reset_at - time.time()) if broken else 60)  # `reset_at` is rounded up already
