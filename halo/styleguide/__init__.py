"""The style guide: every component of the pages in all its states, for people who build them.

Shown in development and to operators; in production nobody else learns that it exists. What it draws comes only from
the macros, so a page that follows them looks like this one.
"""
