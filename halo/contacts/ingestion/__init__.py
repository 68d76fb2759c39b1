"""The ingestion API: how the workspace's own site tells Halo of its end users, companies, events and tickets.

The rule that must not break: the widget key is public, so whoever names an end user is believed only as far as the
workspace says. Where it demands identity, a request that names one needs an identity token of that very end user; a
token that is sent is checked in any case.

`payloads` reads a body, `traits` sorts what is known of somebody into columns, `site` says whose key it was, and
`people`, `events` and `tickets` write.
"""
