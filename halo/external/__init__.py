"""Integrations > External MCP: the doors to connected servers, for people and for programs.

Doors only: whatever is decided, written or asked of a server is `halo.servers`. The rule that must not break: what was
pasted as a credential goes in and never comes back out, in no answer, page, log or message.

A newcomer would question why the API answers only when the server has answered: whoever connects one wants to know at
once whether it works and which tools it has. It is bounded in time, and in how many do it at once.
"""
