"""Server-sent events, read as their bytes arrive (HTML standard, "Server-sent events")."""

from __future__ import annotations

from collections.abc import Iterator


class Events:
    """The reader of one stream: what it holds back is at most one line and one event."""

    def __init__(self) -> None:
        self.last_id = ""
        """Of the newest event that had one: where the stream can be taken up again."""
        self.retry_ms: int | None = None
        """How long the server wants to be left alone before that."""
        self._rest = b""
        self._data: list[bytes] = []
        self._after_cr = False

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """The data of each event that is complete now; those without any are nothing."""
        if self._after_cr:
            piece = piece.removeprefix(b"\n")
        self._after_cr = piece.endswith(b"\r")
        *lines, self._rest = (self._rest + piece).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        for line in lines:
            if line:
                self._take(line)
            elif self._data:
                yield b"\n".join(self._data)
                self._data = []

    def _take(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data" and value:
            self._data.append(value)
        elif name == b"id" and b"\0" not in value:
            self.last_id = value.decode(errors="replace")
        elif name == b"retry" and value.isdigit():
            self.retry_ms = int(value[:9])
