"""Home: the workspace at a glance, and for a new one the way to its first call.

Nothing is kept here; it asks the audit log and the connected apps, so it stands above both.
"""
