"""Halo as MCP client: servers of other people.

Read it in the order of a call: `client` (a conversation with a server) -> `eras` (which revision it speaks) ->
`exchange` (one request, one reply) -> `halo.ground.outbound` (the guarded way out); `content` makes an answer fit for a
model, `failures` says what refusals mean, `breaker` leaves a failing server alone. Signing in: `discovery` (where),
`registering` (as whom), `authorization` (the two halves), `tokens`. Which definition counts: `lock`, `differences`,
`replaying`, and for who reviews it `suspicion` and `reach`.

The rule that must not break: a server's words are data. None stands in a sentence of ours, none decides where a
request goes past the guard, and no definition counts before a person accepted it.

There are no rows and no pages yet. The documentation tools speak with a remote server through it
(`halo.tools.elsewhere`), and the official suite plays its server against it.
"""
