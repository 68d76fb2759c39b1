"""Rows of contacts, a file for each kind; import them from here."""

from halo.contacts.models.companies import Company
from halo.contacts.models.conversations import Conversation, ConversationMessage
from halo.contacts.models.end_users import EndUser, Lead
from halo.contacts.models.events import SdkEvent
from halo.contacts.models.shared import SearchText
from halo.contacts.models.tickets import Ticket, TicketMessage

__all__ = [
    "Company",
    "Conversation",
    "ConversationMessage",
    "EndUser",
    "Lead",
    "SdkEvent",
    "SearchText",
    "Ticket",
    "TicketMessage",
]
