"""The pages that read the log: calls, changes, one call in full, why a tool is seen or not, saved views, exports.

Writing the log is `halo.ledger`, which everybody may use; reading it may know everybody, so this slice stands above
them. A newcomer would question that a search for text looks at arguments only for who said why (`payloads`): finding is
reading.
"""
