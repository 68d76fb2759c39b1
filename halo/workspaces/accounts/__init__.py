"""Accounts: a person's name, password, second factor, and the browsers they are signed in with.

What a person may do in a workspace is not here (`halo.workspaces.members`). The one rule that must not break: secrets
are kept as digests only (Argon2id, SHA-256), except the second factor's, which the vault seals.
"""
