"""Limits of connected MCP servers, each with its reason; of speaking to them: `halo.ground.limits`."""

from __future__ import annotations

SERVER_CALLS_WAITING = 8
"""Calls that wait for one of the places at a server, each with a request thread that then answers nobody."""
SERVER_PLACE_SECONDS = 2
"""That a call waits for its place: a server that keeps all of them longer is too busy for one more."""
SERVER_NOTED_SECONDS = 60
"""Between two notes of a process that a server was found as before."""
SERVER_LISTED_ANEW_SECONDS = 300
"""Between two times that a process has a server's list asked for because of what its tools answered."""
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
SERVER_SIGN_INS_KEPT_SECONDS = 86_400
"""After which a sign-in that nobody finished is forgotten; until then its browser is told that it came too late."""
SERVER_SIGN_INS_PER_PERSON = "20 per minute"
"""Begun: each asks servers of others for three or four documents."""
SERVER_CLIENT_CHARACTERS = 4_096
"""Of a client's id or secret."""
