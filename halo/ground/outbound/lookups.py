"""Names of hosts, looked up within a time.

The system's resolver takes as long as it likes, ten seconds and more where a name server is silent, and cannot be
stopped. So each look-up has a thread of its own, and is given up when its time is over.
"""

from __future__ import annotations

import queue
import socket
import threading

from halo.ground.limits import LOOKUP_SECONDS, LOOKUPS_AT_ONCE

_places = threading.BoundedSemaphore(LOOKUPS_AT_ONCE)


class Unknown(Exception):
    """No address of the name was found; the sentence is for operators."""


def addresses(host: str, seconds: float = LOOKUP_SECONDS) -> list[str]:
    """The addresses of a name, each once; raises `Unknown` where there are none, or none within the time."""
    if not _places.acquire(blocking=False):
        raise Unknown("too many other names are being looked up")
    told: queue.SimpleQueue[list[str]] = queue.SimpleQueue()
    try:
        threading.Thread(target=_look, args=(host, told), name="look-up", daemon=True).start()
    except RuntimeError:  # the system has no more threads
        _places.release()
        raise Unknown("no thread is left to look it up") from None
    try:
        found = told.get(timeout=min(seconds, LOOKUP_SECONDS))
    except queue.Empty:
        raise Unknown("its name was not looked up in time") from None
    if not found:
        raise Unknown("its name is not known here")
    return list(dict.fromkeys(found))


def resolve(host: str) -> list[str]:
    """What the system says, in the order in which it would try them; takes any time."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


def _look(host: str, told: queue.SimpleQueue[list[str]]) -> None:
    try:
        told.put(resolve(host))
    except (OSError, ValueError):  # ValueError: a label that is too long, or has signs that none can have
        told.put([])
    finally:
        _places.release()
