"""Bodies that were packed on their way, unpacked within a room: a few kilobytes of gzip hold gigabytes."""

from __future__ import annotations

import zlib

from halo.ground.errors import UpstreamFailed

_GZIP = zlib.MAX_WBITS | 16


def unpacker(coding: str) -> AsItIs | Unzipped:
    """What unpacks a body of this Content-Encoding; raises `UpstreamFailed` for one that was not asked for."""
    match coding.strip().lower():
        case "" | "identity":
            return AsItIs()
        case "gzip" | "x-gzip":
            return Unzipped()
    raise UpstreamFailed("protocol", "The answer is packed in a way that was not asked for.")


class AsItIs:
    """What is not packed."""

    is_whole = True

    def __call__(self, chunk: bytes, _: int) -> bytes:
        return chunk


class Unzipped:
    """Unpacks gzip, never more than the bytes that there is room for."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(_GZIP)

    @property
    def is_whole(self) -> bool:
        return self._inner.eof

    def __call__(self, chunk: bytes, room: int) -> bytes:
        try:
            return self._inner.decompress(chunk, room)
        except zlib.error:
            raise UpstreamFailed("http", "The answer cannot be unpacked.") from None
