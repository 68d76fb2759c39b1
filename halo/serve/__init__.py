"""Serving: Granian in front of the WSGI app, a few worker processes, each on a core of its own.

`serve` is for every environment; `start` is `make run`: it migrates, plants the demo where the database is empty, and
says where to go. Workers are forked from a parent that has imported the app's modules but made no app: they share the
memory of the code, and no connection or thread of one process leaks into another.

Between Granian and the app stands `front`, which keeps slow senders and readers from holding the threads of everybody
else, and says why the server is this one; `respawn` replaces whatever worker ends.
"""

from __future__ import annotations

from halo.serve.server import serve
from halo.serve.start import start

__all__ = ["serve", "start"]
