"""The MCP server: `/api/mcp`, four revisions of the protocol on one address, no state between calls.

Read it in the order of a request: `views` and `front` (HTTP, with Flask and past it) -> `entrance` (the straight line)
-> `caller` (who is asking, may this connection do anything) -> `protocol` (bytes to one typed message; which revision)
-> `exchange` (one message in, one reply out, every failure translated) -> `methods` (what each method answers) ->
`listing` and `halo.perform`. The tools themselves are declared in `tools/`.

The rule that must not break: nothing is remembered between two requests. No session id is issued, and one that comes
is ignored, so that any worker answers and a restart between two calls is invisible.

Built on `mcp_types` (which method exists in which revision, and the shape of its parameters) and the pure functions of
the SDK's `inbound` module. The SDK's own server is not used: it wants an event loop, and costs four times the CPU.

Decided against, of S-62: progress while a call runs (every tool here reads and answers in well under a
second, and what goes outside has 15 s in all: `halo.tools.elsewhere`), and a budget for results by client (no answer
is longer than `LONGEST_WIRE` of `halo.tool.answer`, whoever asks). Of S-57, that `server/discover` lists versions of
both eras: it and -32022 name the modern ones alone, as the revision demands; a legacy one is agreed on by `initialize`.
Of S-53, a stream on GET: it is refused at once instead.
"""
