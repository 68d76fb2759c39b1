"""Ground: what every room stands on, and what knows none of them.

Settings, errors, the words of permissions and scopes, limits and their counters, who is asking (`principal`), times,
schemas. The folders: `database/` (engine, the one commit site, migrations), `outbound/` (the one way out, and its
guard), `text/` (comparing and naming), `wire/` (HTTP without a framework), `telemetry/` (what operators see). The one
rule that must not break: nothing here imports anything but ground.
"""
