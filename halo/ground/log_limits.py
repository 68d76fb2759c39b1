"""Limits of sending the log on and of keeping it, each with its reason: more of `halo.ground.limits`."""

from __future__ import annotations

STREAMS_PER_WORKSPACE = 3
"""Receivers of one workspace's log: one to keep, one to watch, one that is tried."""
STREAM_SECONDS = 15
"""For a receiver to take a message; a worker waits that long at most."""
STREAM_EVERY_SECONDS = 20
"""Between two looks at what is to leave, where nothing was."""
STREAM_ANSWER_BYTES = 64_000
"""Of an answer that are read; only a number in it counts."""
STREAM_LONGEST_WAIT_SECONDS = 3600
"""That a receiver is left alone because it asks for it."""
STREAM_TESTS_PER_PERSON = "20 per minute"
"""Each sends a request to an address that a person chose."""
STREAM_OLD_SECRET_SECONDS = 86_400
"""That messages are signed with a replaced secret too: a day for whoever has to roll the new one out."""
RETENTION_LEAST_DAYS = 7
"""The log is kept at least that long; nobody finds out about last night when it is gone by noon."""
RETENTION_MOST_DAYS = 3650
RETENTION_ROWS = 250
"""Removed in one go, some milliseconds of the write lock."""
