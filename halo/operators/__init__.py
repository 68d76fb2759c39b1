"""Operators' pages: every flag of every workspace, what a change would do, and its history.

What a flag is stands in `halo.flags`, which every call reads; here is only what the instance's operators see and press.
The one rule that must not break: these doors ask for an operator (`OPERATOR`), whatever role the person has.
"""
