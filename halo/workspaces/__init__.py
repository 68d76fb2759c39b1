"""Workspaces, the people in them, what each may do, and their browsers' sessions.

The rule that must not break: what a person may do is read from their membership on every request and every call,
so a removal or a changed role is in force on the next one. Passwords are Argon2id and sessions are rows that can
be revoked; a cookie alone proves nothing. A newcomer would question that nothing is mailed: Halo sends no mail, so
a new colleague gets a link that works once, from whoever invites them.
"""
