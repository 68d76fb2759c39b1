"""Run by a Python that has FastMCP: its proxy to a server, as its documentation says, with a connection for each call.

python tests/bench/peer.py http://127.0.0.1:9001/mcp 9002
"""

import sys

from fastmcp.server import create_proxy

create_proxy(sys.argv[1]).run(
    transport="http",
    host="127.0.0.1",
    port=int(sys.argv[2]),
    path="/api/mcp",
    stateless_http=True,
    json_response=True,
    show_banner=False,
    log_level="error",
)
