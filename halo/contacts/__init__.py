"""Contacts: the companies, end users, leads, tickets, conversations and events that `data:read` reads.

The rule that must not break: every read goes through `visible`, which loads through the caller's workspace
and, for a caller bound to one customer, through that customer. No read here does without it.

What looks odd and is on purpose: searching goes over one table of texts (`search_texts`) that database
triggers keep, so that it is true whoever writes; lists page by keyset, never by offset; and everything that
end users wrote is handed on as text, cut at a stated length, never interpreted.
"""
