"""`make bench`: what Halo's call path costs, as ratios against a bare Flask app on the same server in the same run.

Both are served by Granian with the same workers, threads and pinning; wrk loads them in turn, pair after pair, and the
medians are printed. Never part of the tests: a time is no assertion.
"""
