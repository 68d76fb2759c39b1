"""Connect your AI: how each of today's clients is added, and what happens while somebody does it.

`clients.toml` is the one list of clients; the page draws it, a test reads every snippet with its language's parser,
and another holds `halo/docs/connecting-clients.md` to the same texts.

The live panel reads what the authorization server keeps anyway (requests, grants, tokens). Only what leaves no row
there, the first look at an address and refusals, is noted in `connection_steps`, and only while somebody of that
workspace has the page open (`connection_watches`): a stranger's request costs no write otherwise, and `POST /api/mcp`
knows nothing of all this. The one rule that must not break: a step is shown to the workspace that it belongs to, or to
nobody.
"""
