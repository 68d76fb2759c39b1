"""Limits of connected MCP servers, each with its reason; of speaking to them: `halo.ground.limits`."""

from __future__ import annotations

SERVERS_PER_WORKSPACE = 20
"""What the agents of one workspace can be given to choose from; more of them make no better answers."""
SERVER_CONNECT_SECONDS = 10
"""For the first handshake: somebody waits for it on a page."""
SERVER_LIST_SECONDS = 15
"""For all pages of a list of tools."""
SERVER_DEFINITIONS_BYTES = 2_000_000
"""Of all tools of a server together: half a million tokens, which no model is shown; looking at them takes CPU."""
SERVER_FAREWELL_SECONDS = 2
"""For the end of a session that nobody needs any more."""
SERVER_CALL_SECONDS = 45
"""Of a call, where nobody set another time: clients give up at 60 s."""
SERVER_CALL_SECONDS_AT_MOST = 300
"""That a person may set for a slow server; a call that is still under way then counts as interrupted soon after."""
SERVER_LISTS_AT_ONCE = 4
"""Of one process, that somebody waits for: each holds a request thread for as long as a stranger likes."""
SERVER_LIST_SOONEST_SECONDS = 300
SERVER_LIST_LATEST_SECONDS = 86_400
"""Between two looks at a list of tools, whatever the server says of its freshness."""
SERVER_LIST_EVERY_SECONDS = 21_600
"""The same where it says nothing."""
SERVER_HEADERS = 20
"""That a person sets for one server."""
SERVER_HEADER_CHARACTERS = 1_000
"""Of one of their values."""
SERVER_CREDENTIAL_CHARACTERS = 8_000
"""Of a token; common servers take header lines of eight kilobytes."""
SERVER_REPLAYED_CALLS = 200
"""Recorded calls that are tried on a changed definition."""
SERVER_RADIUS_DAYS = 7
"""That count for who uses a tool."""
SERVER_CHANGES_PER_PERSON = "30 per minute"
"""Each sends requests to an address that a person chose."""
SERVER_ANSWER_DEPTH = 200
"""Levels of an answer: who means something has some ten, and each is walked by functions that call themselves."""
SERVER_DEFINITIONS_KEPT = 2_000
"""Definitions of a workspace, past which those go that no tool has and nobody accepted: five times what twenty servers
of usual size list."""
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
