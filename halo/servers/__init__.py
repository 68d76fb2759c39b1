"""Halo as MCP client: servers of other people.

Read it in the order of a call: `client` (a conversation with a server) -> `eras` (which revision it speaks) ->
`exchange` (one request, one reply) -> `halo.ground.outbound` (the guarded way out); `echoes` takes out of answers what
was shown to the server, `content` makes them fit for a model, `failures` says what refusals mean, `breaker` leaves a
failing server alone, `health` notes how it was found. `assertion` is what a server of the workspace's own is told of a
call, signed with `keys`. Signing in: `discovery` (where),
`registering` (as whom), `authorization` (the two halves), `tokens`. Which definition counts: `lock`, `differences`,
`replaying`, and for who reviews it `suspicion` and `reach`.

What a workspace keeps of a server are rows (`models`, read by `loading`). `wanted` and `pasted` say what of a
description fits, `meeting` asks the server, `connecting` writes it all in one change; `listing` asks again and
`snapshot` holds what came against the lock; `tool_lines` shows it, `reviewing` decides, `standing` says how the server
is. `source` makes the accepted tools part of the workspace's catalogue, `calling` runs them.

The rule that must not break: a server's words are data. None stands in a sentence of ours, none decides where a
request goes past the guard, and no definition counts before a person accepted it.

A newcomer would question that definitions are rows by digest beside the tools: the one that is accepted and the one
that is listed differ for as long as nobody looked, and calls, history and the audit log name either.
"""
