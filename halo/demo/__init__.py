"""The demo: two workspaces, their people, and half a year of believable customers, the same on every machine.

The rule that must not break: nothing here ever runs on a production instance. Everything that is told of a customer
agrees with their fate (`world.FATES`): who is about to leave writes more, is angrier, scores lower and renews later.
`stories` are the few customers that a question can find by name; Umbra's records carry a mark, so that the tests of
isolation see a leak at once.
"""

from halo.demo.seed import MARK, SeedReport, seed, seed_small

__all__ = ["MARK", "SeedReport", "seed", "seed_small"]
