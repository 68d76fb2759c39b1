"""Connections of this process that are hung up on, found without the server's help.

Granian has no deadline for bodies and for readers, and tells an application no connection; a thread that waits for one
is let go when the connection ends. The kernel knows enough of each socket (`TCP_INFO`, Linux) to tell which they are:
after a late request was answered past the application, its connection is one on which nothing was said for as long as
the body was on its way, and just now as many bytes as the answer has. Should another fit by chance, it is one that has
just been answered, and hanging up on it is what every client of HTTP/1.1 has to expect between two requests.

Elsewhere than on Linux nothing is found, and such a thread waits until its sender goes: put a proxy that buffers in
front.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TCP_INFO = getattr(socket, "TCP_INFO", None)
_SENT_AGE, _NOT_SENT, _SENT = (struct.Struct("I"), 44), (struct.Struct("I"), 144), (struct.Struct("Q"), 200)
"""Where `struct tcp_info` has the milliseconds since data was last sent, the bytes that wait to be sent, and all bytes
that were ever sent (linux/tcp.h; Linux 4.19)."""
_LENGTH = 208
_OPEN = Path("/proc/self/fd")
HEAD_BYTES = 600
"""More than the status line and headers of an answer of ours take."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A connection at one moment."""

    descriptor: int
    inode: int
    """Another one's where the descriptor was given to another connection."""
    quiet: float
    """Seconds since anything was sent."""
    waiting: int
    """Bytes that its reader does not take."""
    sent: int


def quiet_for(seconds: float) -> list[Seen]:
    """The connections on which nothing was sent for so long."""
    return [it for it in _every() if it.quiet >= seconds]


def hang_up_answered(before: list[Seen], length: int) -> int:
    """Hang up on those of these connections on which an answer of this length was sent since; how many they were.

    Only reading ends, so that the answer still arrives."""
    return sum(_shut(it, socket.SHUT_RD) for it in before if length <= _sent_since(it) <= length + HEAD_BYTES)


def hang_up_stalled(seconds: float) -> int:
    """Hang up on those whose reader took nothing for so long while something was there for it; how many they were."""
    return sum(_shut(it, socket.SHUT_RDWR) for it in _every() if it.waiting and it.quiet >= seconds)


def _sent_since(before: Seen) -> int:
    with contextlib.suppress(OSError):
        now = _look(before.descriptor)
        if now is not None and now.inode == before.inode:
            return now.sent - before.sent
    return 0


def _every() -> Iterator[Seen]:
    if _TCP_INFO is None or not _OPEN.is_dir():
        return
    for entry in list(_OPEN.iterdir()):
        with contextlib.suppress(OSError, ValueError):
            if (seen := _look(int(entry.name))) is not None:
                yield seen


def _look(descriptor: int) -> Seen | None:
    found = os.fstat(descriptor)
    if not stat.S_ISSOCK(found.st_mode):
        return None
    with socket.socket(fileno=os.dup(descriptor)) as held:
        if held.family not in (socket.AF_INET, socket.AF_INET6) or not held.getpeername():
            return None
        info = held.getsockopt(socket.IPPROTO_TCP, _TCP_INFO or 0, _LENGTH)
    if len(info) < _LENGTH:
        return None
    (quiet,), (waiting,), (sent,) = (form.unpack_from(info, at) for form, at in (_SENT_AGE, _NOT_SENT, _SENT))
    return Seen(descriptor, found.st_ino, quiet / 1000, waiting, sent)


def _shut(seen: Seen, how: int) -> bool:
    """False where the connection ended by itself in the meantime."""
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(seen.descriptor)) as held:
        if os.fstat(held.fileno()).st_ino == seen.inode:
            held.shutdown(how)
            return True
    return False
