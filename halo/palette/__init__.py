"""The command palette: one field that leads to every page, tool, person and app that its person may see.

It holds no data and no rights of its own: each list comes from the slice that owns it, for this person, and what they
may not open is not found. It is a page too (`/dashboard/palette`), so that it works without a script.
"""
