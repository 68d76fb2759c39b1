"""Rate-limit counters that all workers of one machine share: a small memory-mapped hash table.

A storage for the `limits` library (scheme `halo+file://<path>`), used where no Redis is configured, and while a
configured one does not answer (`halo.ground.shared_counters`). One hit costs a file lock and a few memory accesses;
nothing is written to disk on purpose, and a lost file only forgets the current minute.

Memory stays bounded: a full neighbourhood of slots gives up the counter that has counted least, so that a crowd of
addresses that knock once pushes out its like and nobody who is near a limit. What was pushed is counted for operators
(`pushed`). Where a counter lies depends on a secret, so that nobody can choose names that push another's counter out.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import mmap
import os
import struct
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from limits.storage import Storage

SLOTS = 1 << 16
PROBES = 16
PUSHED = "halo/pushed"
"""The counter of counters that were pushed out while their windows ran; its own window is a day."""
PUSHED_SECONDS = 86_400
Counted = list[tuple[int, float]]
"""For each key its new count, and when its window ends."""
_SLOT = struct.Struct("<16sdQ")


class Unusable(OSError):
    """The file cannot be made, opened or given its room, so that nothing can be counted in it."""


def _allocate(file: int, size: int) -> None:
    """Give the file its blocks now, or raise `OSError`: writing to a mapping for which a full disk has none left kills
    the process (SIGBUS). A file that has all of its blocks costs one look."""
    found = os.fstat(file)
    if found.st_size == size and found.st_blocks * 512 >= size:
        return
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
    else:
        os.pwrite(file, os.pread(file, size, 0).ljust(size, b"\0"), 0)  # macOS
    os.ftruncate(file, size)


@functools.lru_cache(maxsize=4096)
def _digest(key: str, secret: bytes) -> bytes:
    return hashlib.blake2b(key.encode(), digest_size=16, key=secret).digest()


class FileStorage(Storage):
    """Fixed windows, counted in a memory-mapped file."""

    STORAGE_SCHEME = ["halo+file"]

    def __init__(
        self, uri: str, wrap_exceptions: bool = False, *, secret: bytes, **options: float | str | bool
    ) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)
        self._secret = secret
        self._path = Path(unquote(urlsplit(uri).path))
        self._lock = threading.Lock()
        self._pid = 0
        self._file = -1
        self._map: mmap.mmap

    @property
    def base_exceptions(self) -> type[Exception]:
        return OSError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` in the key's window, which starts now where there is none; returns the new count."""
        return self.spend_each(((key, float("inf")),), expiry, amount)[0][0]

    def spend_each(self, quotas: Iterable[tuple[str, float]], expiry: int, amount: int = 1) -> Counted:
        """The same for one key after the other, all under one lock of the file, up to the first that is past its
        quota: the keys behind that are left alone."""
        now = time.time()
        counted: Counted = []
        with self._lock:
            self._open()
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                for key, quota in quotas:
                    counted.append(self._add(key, expiry, amount, now))
                    if counted[-1][0] > quota:
                        break
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)
        return counted

    def pushed(self) -> int:
        """How many counters were pushed out of a full table within a day or so, while their windows still ran."""
        return self.get(PUSHED)

    def get(self, key: str) -> int:
        """The count of the key's window."""
        return self._read(key)[1]

    def get_expiry(self, key: str) -> float:
        """When the key's window ends, in seconds since the epoch."""
        return self._read(key)[0]

    def check(self) -> bool:
        """Whether the file can be used."""
        with self._lock:
            self._open()
        return True

    def reset(self) -> int | None:
        """Forget everything."""
        with self._lock:
            self._open()
            self._map[:] = bytes(len(self._map))
        return None

    def clear(self, key: str) -> None:
        """Forget one key."""
        with self._lock:
            self._open()
            digest, offset, _, _ = self._find(key, time.time())
            _SLOT.pack_into(self._map, offset, digest, 0.0, 0)

    def _read(self, key: str) -> tuple[float, int]:
        now = time.time()
        with self._lock:
            self._open()
            _, _, expires, count = self._find(key, now)
        return (expires, count) if expires > now else (now, 0)

    def _open(self) -> None:
        if self._pid == os.getpid():
            return
        try:
            self._map_file(SLOTS * _SLOT.size)
        except OSError as problem:
            raise Unusable(*problem.args) from problem

    def _map_file(self, size: int) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _allocate(file, size)
            self._map = mmap.mmap(file, size)
        except OSError:
            os.close(file)
            raise
        self._file, self._pid = file, os.getpid()

    def _add(self, key: str, expiry: int, amount: int, now: float) -> tuple[int, float]:
        digest, offset, expires, count = self._find(key, now)
        is_new = expires <= now
        if is_new:
            expires, count = now + expiry, 0
            if _SLOT.unpack_from(self._map, offset)[1] > now and key != PUSHED:
                self._add(PUSHED, PUSHED_SECONDS, 1, now)
                digest, offset, _, _ = self._find(key, now)  # that counter may have taken the slot
        count = max(0, count + amount)
        _SLOT.pack_into(self._map, offset, digest, expires, count)
        return count, expires

    def _find(self, key: str, now: float) -> tuple[bytes, int, float, int]:
        """The key's slot, or the one that it may take: (digest, offset, expires, count)."""
        digest = _digest(key, self._secret)
        start = int.from_bytes(digest[:4], "little")
        best = (float("inf"), 0.0, 0)
        for step in range(PROBES):
            offset = (start + step) % SLOTS * _SLOT.size
            held, expires, count = _SLOT.unpack_from(self._map, offset)
            if held == digest:
                return digest, offset, expires, count
            best = min(best, (0.0, 0.0, offset) if expires <= now else (float(count), expires, offset))
        return digest, best[2], 0.0, 0
