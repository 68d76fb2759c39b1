"""Templates and routes compiled once a process: every test has an app of its own, which would compile them all anew."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule


class InMemory(BytecodeCache):
    """The bytecode of templates by their name and source (Jinja's key and checksum)."""

    def __init__(self) -> None:
        self._held: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._held:
            bucket.bytecode_from_string(self._held[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._held[bucket.key] = bucket.bytecode_to_string()


TEMPLATES = InMemory()


def share_routes() -> None:
    """Make what builds a route's addresses once for all equal routes; it holds nothing of the route itself."""
    compile_anew: Callable[[Rule, bool], Any] = Rule._compile_builder
    held: dict[Any, Any] = {}

    @functools.wraps(compile_anew)
    def compile_once(rule: Rule, append_unknown: bool = True) -> Any:
        key = (tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in held:
            held[key] = compile_anew(rule, append_unknown)
        return held[key]

    Rule._compile_builder = compile_once  # type: ignore[assignment, method-assign]
