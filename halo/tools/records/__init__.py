"""The ten record tools (scope `data:read`): who is this customer, which tickets are open, what were they told.

One file a tool, named for it. Their answers carry what end users wrote as it is: quoted, on one line or cut at a
stated length, never interpreted. What a caller sees of the records is decided by `halo.contacts.records.visible`, never
here.
"""

from halo.tools.records import (
    find_company,
    find_user,
    get_ticket,
    get_transcript,
    list_negative_feedback,
    search_companies,
    search_leads,
    search_tickets,
    search_transcripts,
    search_users,
)

__all__ = [
    "find_company",
    "find_user",
    "get_ticket",
    "get_transcript",
    "list_negative_feedback",
    "search_companies",
    "search_leads",
    "search_tickets",
    "search_transcripts",
    "search_users",
]
