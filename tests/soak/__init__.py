"""`make soak`: minutes of mixed traffic with a fault every ten seconds, and afterwards a count of broken promises.

What is promised: no answered call without its row and none with two; no server error but 503 with `Retry-After`;
`/healthz` answers whatever happens; memory stays flat from the third minute on. It talks to loopback only, ends by
itself, and is no part of the tests: a run takes as many minutes as it is given.

`world` sets up the instance, `traffic` calls it, `faults` breaks things under it, `promises` counts.
"""
