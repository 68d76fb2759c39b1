"""The log leaves the house: each stream sends a workspace's calls and changes on to a system of the workspace's own.

A stream is a row with an address, what may leave, and how far it has come (`position`: the id of the last row that was
taken). Rows leave in the order of their ids, in batches, at least once: the position moves after the receiver's 2xx,
and a batch whose answer was lost comes again with the same message id. Nobody's call waits for it: it reads what is
committed (`rows`), in a job (`jobs`), and a receiver that is down costs it nothing but time.

A newcomer would question why rows leave two minutes late: a row's id is older than its commit, so a later id can be
seen first, and would be passed over for good. `halo.ledger.settled` says under which id nothing comes any more; it
also waits until the number of a refusal that stands for others (`stands_for`) grows no further.
"""
