"""Contacts: the companies, end users, leads, tickets, conversations and events that `data:read` reads.

The rule that must not break: every read goes through `visible`, which loads through the caller's workspace
and, for a caller bound to one customer, through that customer. No read here does without it.

What looks odd and is on purpose: searching goes over one table of terms (`search_texts`). Database triggers
mark what has changed, so that it is true whoever writes; the terms are made here (`terms`), so that both
databases find the same (`fulltext`, `ranking`). A name that does not exist is a mistake, never an empty list
(`named`). Lists page by keyset, never by offset; and everything that end users wrote is handed on as text,
cut at a stated length, never interpreted.
"""
