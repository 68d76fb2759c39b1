"""Limits of signing in at connected servers, each with its reason; of speaking to them: `halo.ground.limits`."""

from __future__ import annotations

SERVER_TOKEN_EARLY_SECONDS = 60
"""Before its end, from which on an access token is renewed: a call that begins with it shall end with it too."""
SERVER_TOKEN_SECONDS = 15
"""For an authorization server to answer; a quarter of the lease under which it is asked."""
SERVER_TOKEN_WAIT_SECONDS = 20
"""How long a call waits for a token that somebody else renews just now."""
SERVER_TOKEN_PAUSE_SECONDS = 30
"""Between two tries at most, where an authorization server fails: calls wait for it."""
SERVER_TOKEN_YOUNG_SECONDS = 30
"""A token that is refused at this age is not refused for its age: renewing it again would change nothing."""
SERVER_SIGN_IN_SECONDS = 600
"""Between the two visits of a browser that signs in at a server."""
