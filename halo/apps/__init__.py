"""Connected apps: what people allowed, how it is used, and how it is narrowed, paused and ended.

The protocol and its state are `halo.oauth`; here are the people's pages over it, personal access tokens among them. The
rule that must not break: a member sees and changes what they connected themselves, everybody's only with `apps:manage`,
and every change is in force on the app's next call.
"""
